"""How often callers may do something: the counting itself, and what the API makes of it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.api import throttling
from accounts.models import User
from accounts.services.api_keys import create_api_key
from accounts.services.credentials import new_hash
from accounts.services.sessions import create_session
from accounts.wire.rates import WINDOW_S, Rates
from tests.api import Api

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"
Answer = tuple[int, int]
steps = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0, 0.125, 0.5, 1])), max_size=60)


# The counting


@pytest.mark.parametrize("limit", [1, 3])
def test_a_full_limit_passes_each_second(limit: int) -> None:
    rates = Rates()
    assert [rates.take("a", limit=limit, now=7) for _ in range(limit + 2)] == [True] * limit + [False] * 2
    assert not rates.take("a", limit=limit, now=7.99)
    assert [rates.take("a", limit=limit, now=8) for _ in range(limit + 1)] == [True] * limit + [False]


def test_the_second_begins_with_the_first_of_it() -> None:
    rates = Rates()
    assert [rates.take("a", limit=2, now=now) for now in (0.5, 1.25, 1.375, 1.5)] == [True, True, False, True]


def test_keys_count_each_on_its_own() -> None:
    rates = Rates()
    assert rates.take("a", limit=1, now=0)
    assert not rates.take("a", limit=1, now=0)
    assert rates.take("b", limit=1, now=0)


@given(steps=steps, limit=st.integers(1, 4))
def test_limit_is_kept_and_refusals_are_justified(steps: list[tuple[str, float]], limit: int) -> None:
    rates, now = Rates(), 0.0
    taken: dict[str, list[float]] = {key: [] for key in "abc"}
    for key, wait_s in steps:
        now += wait_s
        of_late = [at for at in taken[key] if now - at < WINDOW_S]
        is_within = rates.take(key, limit=limit, now=now)
        assert is_within or len(of_late) >= limit
        # Across the border of two seconds there may be twice as many.
        assert not is_within or len(of_late) < 2 * limit
        if is_within:
            taken[key].append(now)
    for times in taken.values():
        assert all(times[number + 2 * limit] - times[number] >= WINDOW_S for number in range(len(times) - 2 * limit))


@given(steps=steps, most_keys=st.integers(1, 3))
def test_kept_keys_are_recent_and_bounded(steps: list[tuple[str, float]], most_keys: int) -> None:
    rates, now = Rates(most_keys), 0.0
    asked: list[tuple[float, str]] = []
    for key, wait_s in steps:
        now += wait_s
        rates.take(key, limit=1, now=now)
        asked.append((now, key))
        assert len(rates) <= min(most_keys, len({key for at, key in asked if now - at < WINDOW_S}))


def test_of_too_many_keys_the_oldest_is_forgotten() -> None:
    rates = Rates(most_keys=2)
    assert all(rates.take(key, limit=1, now=0) for key in "abc")
    assert not rates.take("c", limit=1, now=0)
    assert rates.take("a", limit=1, now=0)


# Calls of the API


class StillClock:
    """A clock that moves when it is told to."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> StillClock:
    """The limits as they are by default, with nothing counted so far."""
    settings.MAX_REQUESTS_PER_SECOND, settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 50, 200
    clock = StillClock()
    monkeypatch.setattr(throttling, "time", clock)
    for name in ("_by_address", "_by_digest", "_without_credential"):
        monkeypatch.setattr(throttling, name, Rates())
    return clock


def ask(credential: str | None, address: str = HOME, **headers: str) -> Answer:
    """HTTP status and code of the answer to a call; the code of success is 0."""
    parameters = {} if credential is None else {"hash": credential}
    answer = Client(REMOTE_ADDR=address).post("/base/nothing", parameters, "application/json", headers=headers)
    return answer.status_code, answer.json().get("status", {"code": 0})["code"]


@pytest.mark.api(7, 12)
def test_fifty_first_call_of_hash_is_refused(alice: User, clock: StillClock) -> None:
    credential = create_session(alice)
    assert [ask(credential) for _ in range(50)] == [(200, 0)] * 50
    clock.now += 0.9
    assert ask(credential) == (429, 15)
    assert ask(credential.upper(), ELSEWHERE) == (429, 15)
    clock.now += 0.1
    assert ask(credential) == (200, 0)


@pytest.mark.api(12)
def test_sessions_and_keys_count_each_on_its_own(alice: User, clock: StillClock, settings: Any) -> None:
    settings.MAX_REQUESTS_PER_SECOND = 1
    credentials = [create_session(alice), create_session(alice), create_api_key(alice, "Console")[1]]
    assert [ask(credential) for credential in credentials] == [(200, 0)] * 3
    assert [ask(credential) for credential in credentials] == [(429, 15)] * 3


@pytest.mark.api(12)
def test_refusal_says_retry_time_without_database_access(
    api: Api, clock: StillClock, settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.MAX_REQUESTS_PER_SECOND = 1
    parameters, page = {"hash": api.hash}, {"Origin": "https://map.example"}
    client = Client()
    assert client.post("/base/nothing", parameters, "application/json", headers=page).status_code == 200
    with django_assert_num_queries(0):
        refused = client.post("/base/nothing", parameters, "application/json", headers=page)
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert refused.json() == {
        "success": False,
        "status": {"code": 15, "description": "Too many requests (rate limit exceeded)"},
    }
    assert refused["Access-Control-Expose-Headers"] == "etag, retry-after"


def test_fifty_first_call_without_hash_is_refused(alice: User, clock: StillClock) -> None:
    assert [ask(number % 2 * "no hash" or None) for number in range(50)] == [(400, 3)] * 50
    assert ask(None) == (429, 15)
    assert [ask(create_session(alice)), ask(None, ELSEWHERE)] == [(200, 0), (400, 3)]


def test_all_calls_of_an_address_count_together(alice: User, clock: StillClock, settings: Any) -> None:
    settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 2
    credential = create_session(alice)
    assert [ask(None), ask("no hash"), ask(credential), ask(None)] == [(400, 3), (400, 3), (429, 15), (429, 15)]
    assert ask(credential, ELSEWHERE) == (200, 0)


def test_hashes_that_nobody_owns_count_like_any_other(clock: StillClock, settings: Any, db: None) -> None:
    settings.MAX_REQUESTS_PER_SECOND = 1
    credential = new_hash()
    assert [ask(credential), ask(credential), ask(new_hash())] == [(400, 4), (429, 15), (400, 4)]


def test_address_is_that_behind_the_trusted_proxies(clock: StillClock, settings: Any) -> None:
    settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 1
    assert ask(None, **{"X-Forwarded-For": ELSEWHERE}) == (400, 3)
    assert ask(None, **{"X-Forwarded-For": "192.0.2.1"}) == (429, 15)
    settings.TRUSTED_PROXIES = [ip_network(HOME)]
    assert ask(None, **{"X-Forwarded-For": "192.0.2.1"}) == (400, 3)
    assert ask(None, **{"X-Forwarded-For": "192.0.2.1"}) == (429, 15)


def test_body_that_cannot_be_read_counts_too(clock: StillClock, settings: Any) -> None:
    settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 1
    answers = [Client().generic("POST", "/base/nothing", "{", "application/json").json() for _ in range(2)]
    assert [answer["status"]["code"] for answer in answers] == [5, 15]


def test_credentials_are_not_kept(alice: User, clock: StillClock) -> None:
    credential = create_session(alice)
    ask(credential)
    [key] = throttling._by_digest._windows
    assert credential not in key


def test_reports_of_devices_are_no_calls(alice: User, clock: StillClock, settings: Any, register: Any) -> None:
    settings.MAX_REQUESTS_PER_SECOND_PER_ADDRESS = 1
    device = {"id": register(alice).source.device_id, "lat": 47.5, "lon": 19}
    assert [Client().get("/ingest/osmand", device).status_code for _ in range(3)] == [200] * 3
    assert [ask(None, "127.0.0.1"), ask(None, "127.0.0.1")] == [(400, 3), (429, 15)]
