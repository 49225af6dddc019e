"""Each crossing is an entry, once, however often the server is killed (alerts §5.1).

`CROSSING_KILLS` and `CROSSINGS` make the run longer: 50 and 5000 are what was asked of a release.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from accounts.models import User
from alerts.models import Alert, Delivery
from alerts.rendering.post_templates import PostTemplate
from alerts.services.webhooks import create_webhook
from tests.alerts.driving import INSIDE, OUTSIDE, Yard
from tests.api import Api
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.test_ingestion_faults import servers
from tests.patience import PATIENCE_S
from tests.trackers.bodies import ngp_message
from trackers.models import Tracker

__all__ = ["servers"]
KILLS = int(os.environ.get("CROSSING_KILLS", "3"))
CROSSINGS = int(os.environ.get("CROSSINGS", "80"))
VANS = 4
BEGIN = datetime(2025, 3, 4, 8, 0, tzinfo=UTC)
# Longer than the reset timer.
EVERY = timedelta(seconds=90)
SENDERS, CROSSINGS_AT_ONCE = 8, 4


class Commuter:
    """Crosses a border with each report, and sends one again until it is acknowledged, as a device does."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.crossings = 0

    def drive(self, url: Callable[[], str], goal: int) -> None:
        with httpx.Client(timeout=20) as http:
            while self.crossings <= goal:
                try:
                    answer = http.post(f"{url()}/ingest/ngp", content=self._message())
                except httpx.TransportError:
                    continue
                if answer.status_code == 200:
                    self.crossings += 1

    def _message(self) -> str:
        return message(self.tracker, self.crossings, INSIDE if self.crossings % 2 else OUTSIDE)


def message(tracker: Tracker, number: int, place: tuple[float, float]) -> str:
    """Where a tracker was at the time of a number."""
    time = (BEGIN + number * EVERY).strftime("%Y-%m-%dT%H:%M:%SZ")
    location = {"gnss_time": time, "latitude": place[0], "longitude": place[1], "fix_type": "HAS_FIX"}
    return json.dumps({**ngp_message(tracker.source.device_id, time), "location": location})


def send(server: Daphne, body: str) -> int:
    """The status of the answer."""
    return httpx.post(f"{server.url}/ingest/ngp", content=body, timeout=PATIENCE_S).status_code


def told_of(van: Tracker) -> list[tuple[datetime, str]]:
    """Time and event of each alert, in order."""
    return list(Alert.objects.filter(tracker=van).order_by("time", "pk").values_list("time", "event"))


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    """A vehicle, and a rule about its depot."""
    api, van = Api(), register(alice)
    api.log_in(alice.login)
    Yard(api).make("inoutzone", van)
    return van


@pytest.mark.alerts(40)
def test_after_a_kill_who_stays_inside_is_told_when_leaving(servers: Callable[[], Daphne], van: Tracker) -> None:
    server = servers()
    assert [send(server, message(van, number, place)) for number, place in enumerate((OUTSIDE, INSIDE))] == [200, 200]
    server.kill()
    server.start()
    entry = (BEGIN + EVERY, "inzone")
    assert [send(server, message(van, number, INSIDE)) for number in (1, 2, 3)] == [200] * 3
    assert told_of(van) == [entry]
    assert send(server, message(van, 4, OUTSIDE)) == 200
    assert told_of(van) == [entry, (BEGIN + 4 * EVERY, "outzone")]


@pytest.mark.alerts(28)
def test_one_report_sent_by_eight_at_once_is_one_entry(servers: Callable[[], Daphne], van: Tracker) -> None:
    both = [servers(), servers()]
    with ThreadPoolExecutor(SENDERS) as senders:
        for number in range(CROSSINGS_AT_ONCE + 1):
            body = message(van, number, INSIDE if number % 2 else OUTSIDE)
            answers = senders.map(lambda sender, body=body: send(both[sender % 2], body), range(SENDERS))
            assert set(answers) == {200}
    events = itertools.cycle(["inzone", "outzone"])
    assert told_of(van) == [(BEGIN + one * EVERY, next(events)) for one in range(1, CROSSINGS_AT_ONCE + 1)]


@pytest.mark.alerts(39, 40)
def test_each_crossing_is_one_entry_over_kills(
    servers: Callable[[], Daphne], alice: User, register: Callable[..., Tracker]
) -> None:
    api = Api()
    api.log_in(alice.login)
    vans = [register(alice) for _ in range(VANS)]
    hook, _ = create_webhook(alice.pk, title="Dispatch", template=PostTemplate("https://hooks.example/"))
    Yard(api).make("inoutzone", *vans, alerts={"webhook_ids": [hook.pk]})
    server, commuters, goal = servers(), [Commuter(van) for van in vans], CROSSINGS // VANS
    threads = [threading.Thread(target=one.drive, args=[lambda: server.url, goal]) for one in commuters]
    for thread in threads:
        thread.start()
    for kill in range(1, KILLS + 1):
        due = goal * kill // (KILLS + 1)
        wait_until(lambda due=due: all(one.crossings >= due for one in commuters), "crossings", timeout_s=300)
        server.kill()
        server.start()
    for thread in threads:
        thread.join(timeout=600)
        assert not thread.is_alive()
    expected = [BEGIN + number * EVERY for number in range(1, goal + 1)]
    for van in vans:
        assert told_of(van) == list(zip(expected, itertools.cycle(["inzone", "outzone"]), strict=False))
    assert Delivery.objects.filter(webhook=hook).count() == goal * VANS
    print(f"{goal * VANS} crossings over {KILLS} kills: one entry and one post each")
