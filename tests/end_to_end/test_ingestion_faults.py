"""What was answered 200 is stored: however often the server is killed, and however many servers store at once."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Daphne, wait_until
from tests.patience import PATIENCE_S
from tests.trackers.bodies import ngp_message
from trackers.models import HistoryReport, SourceState, Tracker

KILLS = int(os.environ.get("KILLS", "4"))
ARRAY_SOURCES = 20
SINGLE_SOURCES = 10
REPORTS_PER_ROUND = 40
Register = Callable[..., Tracker]


@pytest.fixture
def servers(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Callable[[], Daphne]]:
    """Starts servers that end with the test."""
    with ExitStack() as stack:
        started = itertools.count(1)

        def start() -> Daphne:
            environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "HISTORY_DAYS": "0"}
            return stack.enter_context(Daphne(environment, tmp_path / f"log-{next(started)}"))

        yield start


class Sender:
    """Sends numbered messages of its trackers, all of a number in one request, until the server is killed."""

    def __init__(self, trackers: list[Tracker]) -> None:
        self.trackers = trackers
        self.sent = 0
        self.acknowledged = 0

    def send_until_killed(self, url: str) -> None:
        with httpx.Client(timeout=PATIENCE_S) as http:
            try:
                while True:
                    self.send(http, url)
            except httpx.TransportError:
                return

    def send(self, http: httpx.Client, url: str) -> None:
        self.sent += 1
        time = f"2024-05-02T{self.sent // 3600:02}:{self.sent // 60 % 60:02}:{self.sent % 60:02}Z"
        messages = [ngp_message(one.source.device_id, time, number=self.sent) for one in self.trackers]
        body = json.dumps(messages[0] if len(messages) == 1 else messages)
        answer = http.post(f"{url}/ingest/ngp", content=body)
        assert answer.status_code == 200, answer.text
        self.acknowledged = self.sent

    def stored(self) -> list[tuple[int, int]]:
        """The number stored last, and how often the state changed, of each tracker."""
        rows = SourceState.objects.filter(pk__in=[one.source_id for one in self.trackers])
        return [(int(row.state.additional["number"].value), row.revision) for row in rows]

    def kept(self) -> list[int]:
        """How many reports of each tracker are in history."""
        return [HistoryReport.objects.filter(source_id=one.source_id).count() for one in self.trackers]


@pytest.mark.api(77)
@pytest.mark.history(62)
def test_acknowledged_reports_survive_a_killed_server(
    servers: Callable[[], Daphne], alice: User, register: Register
) -> None:
    server = servers()
    senders = [Sender([register(alice) for _ in range(ARRAY_SOURCES)])]
    senders += [Sender([register(alice)]) for _ in range(SINGLE_SOURCES)]
    for kills in range(KILLS):
        threads = [threading.Thread(target=sender.send_until_killed, args=[server.url]) for sender in senders]
        for thread in threads:
            thread.start()
        wait_for_more(senders)
        server.kill()
        for thread in threads:
            thread.join()
        for sender in senders:
            stored = sender.stored()
            assert len(set(stored)) == 1, "an array is stored as a whole or not at all"
            number, revision = stored[0]
            assert sender.acknowledged <= number <= sender.sent
            # What was under way when the server was killed is not sent again.
            assert sender.acknowledged - kills <= revision <= number
            assert sender.kept() == [revision] * len(sender.trackers), "state and history have the same reports"
        server.start()
    acknowledged = sum(sender.acknowledged * len(sender.trackers) for sender in senders)
    print(f"{acknowledged} reports were acknowledged over {KILLS} kills, and all are stored")


def wait_for_more(senders: list[Sender]) -> None:
    """Returns when each sender has had more of its reports acknowledged."""
    goals = [sender.acknowledged + REPORTS_PER_ROUND // len(sender.trackers) + 1 for sender in senders]
    wait_until(lambda: all(s.acknowledged >= goal for s, goal in zip(senders, goals, strict=True)), "reports")


def test_servers_sharing_sources_lose_no_report(servers: Callable[[], Daphne], alice: User, register: Register) -> None:
    urls = [servers().url, servers().url]
    vans = [register(alice) for _ in range(5)]
    count = 90  # a state keeps two hundred attributes

    def send(lane: int) -> None:
        order = vans if lane % 2 else vans[::-1]
        with httpx.Client(timeout=PATIENCE_S) as http:
            for second in range(lane, count, 4):
                time = f"2024-05-02T08:{second // 60:02}:{second % 60:02}Z"
                messages: list[dict[str, Any]] = [
                    ngp_message(van.source.device_id, time, **{f"a{second}": second}) for van in order
                ]
                assert http.post(f"{urls[lane % 2]}/ingest/ngp", json=messages).json()["refused"] == []

    threads = [threading.Thread(target=send, args=[lane]) for lane in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for row in SourceState.objects.all():
        assert set(row.state.additional) >= {f"a{second}" for second in range(count)}
        assert row.revision == count
