"""A viewer of `state_batch` that keeps the newest state of each tracker, and checks them in the end. A worker.

Usage: python -m benchmarks.support.viewing HOST:PORT
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.product import call

SILENCE_S = 3.0
IDS_PER_CALL = 2000


class Gps(msgspec.Struct):
    updated: str | None
    location: dict[str, float] | None


class State(msgspec.Struct):
    """What of a state changes with every report."""

    last_update: str | None
    gps: Gps


class Item(msgspec.Struct):
    tracker_id: int
    state: State


class Batch(msgspec.Struct):
    """A frame as far as it is looked at; of other frames there is but the answer to the command."""

    data: list[Item] | dict[str, Any]


class Viewer(WSListener):
    """Decodes each frame as it comes, as a page would."""

    def __init__(self, subscription: str) -> None:
        self._subscription = subscription
        self._decoder = msgspec.json.Decoder(Batch)
        self._parts: list[bytes] = []
        self.newest: dict[int, State] = {}
        self.frames = 0
        self.items = 0
        self.heard_at = time.monotonic()

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._subscription.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        if frame.msg_type not in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            return
        self._parts.append(frame.get_payload_as_bytes())
        if frame.fin:
            self._hear(b"".join(self._parts))
            self._parts = []

    def _hear(self, text: bytes) -> None:
        self.heard_at = time.monotonic()
        data = self._decoder.decode(text).data
        if isinstance(data, list):
            self.frames += 1
            self.items += len(data)
            self.newest.update((item.tracker_id, item.state) for item in data)


class Viewing:
    """One viewer of one server."""

    def __init__(self, host: str) -> None:
        self._host = host

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        match action:
            case "open":
                return await self._open(**arguments)
            case "close":
                return await self._close(**arguments)
        raise ValueError(action)

    async def _open(self, subscription: str, trackers: int) -> dict[str, Any]:
        """Returns when the first state of every tracker is there."""
        self._viewer = Viewer(subscription)
        url = f"ws://{self._host}/event/subscription"
        self._transport, _ = await ws_connect(lambda: self._viewer, url, max_frame_size=64 * 1024 * 1024)
        while len(self._viewer.newest) < trackers:
            await asyncio.sleep(0.01)
        self._viewer.frames = self._viewer.items = 0
        return {}

    async def _close(self, credential: str) -> dict[str, Any]:
        """What came, and of how many trackers the newest state did not, by what the server says over HTTP."""
        viewer = self._viewer
        while time.monotonic() - viewer.heard_at < SILENCE_S:
            await asyncio.sleep(0.05)
        stored = await asyncio.to_thread(self._stored, credential, list(viewer.newest))
        stale = sum(viewer.newest[tracker_id] != state for tracker_id, state in stored)
        self._transport.disconnect()
        return {"frames": viewer.frames, "items": viewer.items, "compared": len(stored), "stale": stale}

    def _stored(self, credential: str, tracker_ids: Sequence[int]) -> list[tuple[int, State]]:
        return list(self._read_stored(credential, tracker_ids))

    def _read_stored(self, credential: str, tracker_ids: Sequence[int]) -> Iterable[tuple[int, State]]:
        for start in range(0, len(tracker_ids), IDS_PER_CALL):
            ids = tracker_ids[start : start + IDS_PER_CALL]
            states = call(self._host, "tracker/get_states", hash=credential, trackers=ids)["states"]
            yield from ((int(key), msgspec.convert(state, State)) for key, state in states.items())


if __name__ == "__main__":
    asyncio.run(answer_questions(Viewing(sys.argv[1]).answer))
