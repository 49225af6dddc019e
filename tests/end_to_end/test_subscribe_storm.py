"""Trackers are blocked and removed while clients subscribe again and again: none sees or believes what is wrong."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Daphne, wait_until
from tests.patience import PATIENCE_S
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.trackers import corrupt_tracker, set_blocked

pytestmark = pytest.mark.calm

CLIENTS, VANS, ROUNDS = 12, 6, 60


class Stormer(threading.Thread):
    """Subscribes to one van after the other, over and over, and notes what it is told of each."""

    def __init__(self, client: PlainClient, credential: str, vans: list[Tracker], dice: random.Random) -> None:
        super().__init__(daemon=True)
        self._client, self._credential, self._dice = client, credential, dice
        self._vans = {van.pk: van.source_id for van in vans}
        self.believed: dict[int, str] = {}
        """By source: normal, block or corrupt."""
        self.wrong: list[str] = []
        self.answers = 0
        self.is_ending = False

    def run(self) -> None:
        while not self.is_ending:
            tracker_id = self._dice.choice(list(self._vans))
            request = {"type": "state", "trackers": [tracker_id]}
            self._client.send({"action": "subscribe", "hash": self._credential, "requests": [request]})
            until = time.monotonic() + 0.05
            while time.monotonic() < until:
                self.hear_one(0.05)

    def hear_one(self, timeout_s: float) -> bool:
        """Takes the next message, if one comes in time."""
        try:
            frame = self._client.socket.recv(timeout_s)
        except TimeoutError:
            return False
        self._hear(json.loads(frame))
        return True

    def leave(self) -> None:
        """Closes its socket, and reads what has come before the answer to that: else it would wait for it in vain."""
        with ThreadPoolExecutor(1) as pool, suppress(ConnectionClosed):
            closing = pool.submit(self._client.socket.close)
            while not closing.done():
                self._client.socket.recv(PATIENCE_S)

    def _hear(self, message: dict[str, Any]) -> None:
        match message:
            case {"event": "state", "data": {"source_id": source_id}}:
                if self.believed.get(source_id, "normal") != "normal":
                    self.wrong.append(f"a state of {source_id}, which is {self.believed[source_id]}")
            case {"event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}}:
                self.believed[source_id] = "normal" if event == "unblock" else event
            case {"type": "response", "data": {"state": {"value": dict(statuses)}}}:
                self.answers += 1
                for tracker_id, status in statuses.items():
                    if status in ("normal", "blocked"):
                        self.believed[self._vans[int(tracker_id)]] = "normal" if status == "normal" else "block"


@pytest.fixture
def storm(serve: Start, alice: User, register: Callable[..., Tracker]) -> Iterator[tuple[list[Tracker], list[Stormer]]]:
    server: Daphne = serve(MAX_COMMANDS_PER_SECOND="1000")
    vans = [register(alice) for _ in range(VANS)]
    with ExitStack() as stack:
        clients = [stack.enter_context(PlainClient(server)) for _ in range(CLIENTS)]
        stormers = [Stormer(client, create_session(alice), vans, random.Random(n)) for n, client in enumerate(clients)]
        for stormer in stormers:
            stormer.start()
        yield vans, stormers
        for stormer in stormers:
            stormer.is_ending = True
            stormer.join()
        for stormer in stormers:
            stormer.leave()


def drive(van: Tracker, number: int) -> None:
    """A report, which a blocked van's source does not take."""
    now = timezone.now()
    ingest([Report(van.source.device_id, now, fix=Fix(47 + number / 1000, 19))], received_at=now)


@pytest.mark.api(60, 61, 62)
def test_nobody_sees_a_blocked_van_or_misses_what_became_of_it(storm: tuple[list[Tracker], list[Stormer]]) -> None:
    vans, stormers = storm
    wait_until(lambda: all(len(stormer.believed) == VANS for stormer in stormers), "subscriptions")
    dice = random.Random(27)
    blocked: dict[int, bool] = {}
    for number in range(ROUNDS):
        van = dice.choice(vans)
        blocked[van.source_id] = not blocked.get(van.source_id, False)
        set_blocked(van.source_id, is_blocked=blocked[van.source_id])
        for other in vans:
            drive(other, number)
    corrupt_tracker(vans[0])
    truth = {source_id: "block" if is_blocked else "normal" for source_id, is_blocked in blocked.items()}
    truth = {**{van.source_id: "normal" for van in vans}, **truth, vans[0].source_id: "corrupt"}
    wait_until(lambda: all(stormer.believed == truth for stormer in stormers), f"{truth}")
    assert [stormer.wrong for stormer in stormers if stormer.wrong] == []
    print(sum(stormer.answers for stormer in stormers), "subscriptions")
