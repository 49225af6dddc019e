"""Load while chaos rages: devices that send until they are answered, and clients that come back until they hear."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import httpx

from tests.end_to_end.black_box import Fleet
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.transports.client import HEARTBEAT, Client
from tests.end_to_end.transports.clients import LongPolling, Sse, Websocket

# Of a source so many attributes are kept: each tells of a report of its own.
MARKS = 190
SEND_TIMEOUT_S = 8
RECOVERY_S = 90
TRANSPORTS: Sequence[type[Client]] = (Websocket, LongPolling, Sse)


class Worker(threading.Thread):
    """Does one thing after the other until it is told to finish."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._finishing = threading.Event()
        self.failures: list[str] = []
        """What went wrong, and was tried again."""

    def finish(self) -> None:
        self._finishing.set()


class Sender(Worker):
    """Sends the reports of a few devices in turn, and each again until it is answered with 200."""

    def __init__(self, servers: Sequence[Daphne], device_ids: Sequence[str], pause_s: float) -> None:
        super().__init__("sender")
        self._servers, self._device_ids, self._pause_s = servers, device_ids, pause_s
        self._began = int(time.time()) - 7200
        self.count = 0
        """Of reports, with the one that is being sent."""
        self.answered: dict[str, dict[str, int]] = defaultdict(dict)
        """By device, the number of the last report that was answered with each mark."""

    def run(self) -> None:
        with httpx.Client(timeout=SEND_TIMEOUT_S) as http:
            while not self._finishing.is_set():
                number, at = divmod(self.count, len(self._device_ids))
                self.count += 1
                self._send(http, self._device_ids[at], number)
                time.sleep(self._pause_s)

    def _send(self, http: httpx.Client, device_id: str, number: int) -> None:
        mark = f"n{number % MARKS}"
        place = {"lat": 47 + number / 1000, "lon": 19}
        query = {"id": device_id, "timestamp": self._began + number, **place, mark: number}
        attempt = 0
        while not self._is_answered(http, self._servers[(self.count + attempt) % len(self._servers)], query):
            attempt += 1
            time.sleep(0.2)
        self.answered[device_id][mark] = number

    def _is_answered(self, http: httpx.Client, server: Daphne, query: dict[str, Any]) -> bool:
        try:
            status = http.get(f"{server.url}/ingest/osmand", params=query).status_code
        except httpx.HTTPError as error:
            self.failures.append(type(error).__name__)
            return False
        if status != 200:
            self.failures.append(str(status))
        return status == 200


class Follower(Worker):
    """Follows all trackers over one transport, as a new client whenever its connection breaks."""

    def __init__(self, server: Daphne, transport: type[Client], credential: str, trackers: Sequence[int]) -> None:
        super().__init__(f"follower by {transport.transport}")
        self._server, self._transport = server, transport
        self._command = {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": list(trackers)}
        self.states: dict[int, dict[str, Any]] = {}

    def run(self) -> None:
        while not self._finishing.is_set():
            try:
                with self._transport(self._server).open() as client:
                    client.push(self._command)
                    self._listen(client)
            except Exception as error:
                self.failures.append(type(error).__name__)
                time.sleep(0.3)

    def _listen(self, client: Client) -> None:
        while not self._finishing.is_set():
            text = client.next_text()
            if text == HEARTBEAT:
                continue
            message = json.loads(text)
            if message.get("event") == "logout" or message["type"] == "error":
                raise ConnectionError(message.get("event", "error"))
            if message.get("event") == "state":
                self.states[message["data"]["source_id"]] = message["data"]


def check_all_is_right(fleet: Fleet, senders: Sequence[Sender], followers: Sequence[Follower]) -> None:
    """Whether each report that was answered is stored, and each follower believes what the database says."""
    answered = {device_id: marks for sender in senders for device_id, marks in sender.answered.items()}
    stored = fleet.marks()
    assert {device_id: stored[device_id] for device_id in answered} == answered
    # Read anew each time: on a slow machine vehicles get idle meanwhile.
    wait_until(lambda: _wrong(fleet, followers) == [], "followers", RECOVERY_S, lambda: _wrong(fleet, followers))


def _wrong(fleet: Fleet, followers: Sequence[Follower]) -> list[tuple[str, int]]:
    """Who believes something else than the database says, and of how many trackers."""
    states = fleet.stored()
    wrong = [(one.name, sum(one.states.get(which) != state for which, state in states.items())) for one in followers]
    return [(name, count) for name, count in wrong if count]
