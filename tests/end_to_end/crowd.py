"""Many subscribers at once, and what each of them believes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.described import check_message
from tests.end_to_end.servers import Daphne, wait_until
from trackers.models import Tracker


class Subscriber:
    """One socket with one subscription: the last state of each source, and the other events in order."""

    def __init__(self) -> None:
        self.states: dict[int, dict[str, Any]] = {}
        self.lifecycle: dict[int, list[str]] = defaultdict(list)
        self.logouts = 0
        self.is_answered = False

    def hear(self, message: dict[str, Any]) -> None:
        self.is_answered = True
        match message:
            case {"event": "state", "data": state}:
                self.states[state["source_id"]] = state
            case {"event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}}:
                self.lifecycle[source_id].append(event)
            case {"event": "logout"}:
                self.logouts += 1


class Crowd:
    """Subscribers of the same trackers, served by an event loop in a thread of its own."""

    def __init__(self, server: Daphne, credentials: Sequence[str], trackers: Sequence[Tracker]) -> None:
        self.subscribers = [Subscriber() for _ in credentials]
        self._address = f"ws://127.0.0.1:{server.port}/event/subscription"
        self.credentials = credentials
        self._ids = [tracker.pk for tracker in trackers]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._tasks: list[asyncio.Task[None]] = []

    def __enter__(self) -> Crowd:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        wait_until(lambda: all(s.is_answered for s in self.subscribers), "an answer for everybody")
        return self

    def __exit__(self, *exc_info: Any) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        pairs = zip(self.subscribers, self.credentials, strict=True)
        self._tasks = [asyncio.create_task(self._listen(*pair)) for pair in pairs]

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert all(isinstance(error, asyncio.CancelledError) for error in ended), ended

    async def _listen(self, subscriber: Subscriber, credential: str) -> None:
        async with connect(self._address, max_size=None, ping_interval=None) as socket:
            await self._subscribe(socket, credential)
            async for frame in socket:
                message = json.loads(frame)
                check_message(message)
                subscriber.hear(message)

    async def _subscribe(self, socket: ClientConnection, credential: str) -> None:
        command = {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": self._ids}
        await socket.send(json.dumps(command))
