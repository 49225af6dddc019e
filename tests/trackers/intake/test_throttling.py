"""How often devices may send: beyond it they are told when to come back, and nothing of the request is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.wire.rates import Rates
from tests.trackers.bodies import ngp_message
from tests.trackers.edges import Edge, edge_named
from trackers.intake import throttling
from trackers.models import SourceState, Tracker

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = ["/ingest/osmand", "/ingest/ngp", "/ingest/traccar"]
TOO_MANY = (429, "1")


class StillClock:
    """A clock that moves when it is told to."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> StillClock:
    """The limits as they are by default, with nothing counted so far."""
    settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 1000
    settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE = 100
    clock = StillClock()
    monkeypatch.setattr(throttling, "time", clock)
    for name in ("_by_address", "_by_device"):
        monkeypatch.setattr(throttling, name, Rates())
    return clock


@pytest.fixture(params=["view", "application"])
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    with edge_named(request.param) as edge:
        yield edge


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def send(edge: Edge, device_id: str, second: int = 0, **headers: str) -> tuple[int, str | None]:
    """Status and Retry-After of the answer to a report."""
    heard = edge.post("/ingest/ngp", ngp_message(device_id, f"2024-05-02T08:00:{second:02}Z"), **headers)
    return heard.status, heard.headers.get("retry-after")


def test_hundred_and_first_request_of_a_device_within_a_second_is_refused(
    edge: Edge, van: Tracker, clock: StillClock
) -> None:
    device = van.source.device_id
    assert [send(edge, device)[0] for _ in range(100)] == [200] * 100
    clock.now += 0.9
    assert send(edge, device, 30) == TOO_MANY
    assert SourceState.objects.get().state.last_update.second == 0
    clock.now += 0.1
    assert send(edge, device, 30) == (200, None)


def test_devices_count_each_on_its_own_and_an_array_for_each_in_it(
    edge: Edge, alice: User, register: Callable[..., Tracker], clock: StillClock, settings: Any
) -> None:
    settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE = 1
    first, second = (register(alice).source.device_id for _ in range(2))
    assert [send(edge, first)[0], send(edge, second)[0]] == [200, 200]
    clock.now += 1
    several = [ngp_message(first, "2024-05-02T08:00:09Z") for _ in range(3)]
    assert edge.post("/ingest/ngp", several).status == 200
    assert [send(edge, first)[0], send(edge, second)[0]] == [429, 200]


@pytest.mark.parametrize("way", WAYS)
def test_all_requests_of_an_address_count_together_and_refusing_asks_no_database(
    edge: Edge,
    way: str,
    clock: StillClock,
    settings: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 3
    answers = [edge.send("POST", one, b"nonsense") for one in WAYS]
    assert 429 not in [answer.status for answer in answers]
    with django_assert_num_queries(0):
        refused = edge.send("POST", way, b"nonsense")
    assert (refused.status, refused.headers["retry-after"]) == TOO_MANY
    assert refused.text == "too many requests from this address\n"


def test_a_stranger_elsewhere_keeps_no_device_from_reporting(
    edge: Edge, van: Tracker, clock: StillClock, settings: Any
) -> None:
    settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE = 1
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    device, elsewhere = van.source.device_id, {"X-Forwarded-For": "198.51.100.1"}
    assert [send(edge, device, **elsewhere)[0] for _ in range(2)] == [200, 429]
    assert send(edge, device)[0] == 200


def test_an_ipv6_network_is_one_sender(edge: Edge, van: Tracker, clock: StillClock, settings: Any) -> None:
    settings.INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 1
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    told = [send(edge, van.source.device_id, **{"X-Forwarded-For": f"2001:db8::{number}"})[0] for number in (1, 2)]
    assert told == [200, 429]
