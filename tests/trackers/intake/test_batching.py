"""Reports that come one by one: stored together, each caller told of its own, and nobody kept waiting for ever."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from accounts.notices import account_group, decode_notice
from tests.strategies import EPOCH
from trackers.engine.notices import StatesChanged
from trackers.intake import batching
from trackers.intake.batching import Batcher, Overloaded
from trackers.models import SourceState, Tracker
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report
from trackers.services.ingestion import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def delivery(tracker: Tracker, second: int) -> Delivery:
    report = Report(tracker.source.device_id, at(second), attributes={f"a{second}": second})
    return Delivery([report], at(second))


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


@pytest.fixture(autouse=True)
def no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for company, unless a test is about that."""
    monkeypatch.setattr(batching, "MIN_INTERVAL_S", 0.0)
    monkeypatch.setattr(batching, "MIN_PAUSE_S", 0.0)


@asynccontextmanager
async def running() -> AsyncIterator[Batcher]:
    batcher = Batcher()
    yield batcher
    await batcher.close()


@pytest.fixture(autouse=True)
async def no_connection_left() -> AsyncIterator[None]:
    """A connection that stays open would keep the test database from being removed."""
    yield
    await sync_to_async(lambda: connection.close())()  # the connection of that thread, not of this one


@asynccontextmanager
async def held_up(tracker: Tracker) -> AsyncIterator[None]:
    """A transaction of somebody else's holds the source until the end of the block."""
    hold = _holding(tracker)
    await sync_to_async(hold.__enter__)()
    try:
        yield
    finally:
        await sync_to_async(hold.__exit__)(None, None, None)


@contextmanager
def _holding(tracker: Tracker) -> Iterator[None]:
    with transaction.atomic():
        SourceState.objects.select_for_update().get(pk=tracker.source_id)
        yield


def names(tracker: Tracker) -> set[str]:
    """The attributes that were stored."""
    return set(SourceState.objects.get(pk=tracker.source_id).state.additional)


async def occupy_lanes(batcher: Batcher, tracker: Tracker) -> list[asyncio.Task[list[Outcome]]]:
    """A delivery under way in each lane."""
    tasks = []
    for second in range(batching.LANES[connection.vendor]):
        tasks.append(asyncio.create_task(batcher.store(delivery(tracker, second))))
        await let_run()
    return tasks


async def let_run() -> None:
    """Lets the loop do what it can do by itself."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_deliveries_amid_a_transaction_are_stored_together(alice: User, van: Tracker) -> None:
    layer = get_channel_layer()
    await layer.group_add(account_group(alice.pk), "listener")
    async with running() as batcher:
        async with held_up(van):
            early = [
                asyncio.create_task(batcher.store(delivery(van, n))) for n in range(batching.LANES[connection.vendor])
            ]
            await let_run()
            late = [asyncio.create_task(batcher.store(delivery(van, n))) for n in range(10, 60)]
            await let_run()
            assert not any(task.done() for task in early + late)
        assert await asyncio.gather(*early, *late) == [[Outcome.STORED]] * len(early + late)
    heard: list[int] = []
    while sum(heard) < len(early + late):
        notice = decode_notice(await layer.receive("listener"))
        assert isinstance(notice, StatesChanged)
        heard.append(len(notice.states))
    assert len(heard) <= len(early) + 1
    assert len(await sync_to_async(names)(van)) == len(early + late)


@pytest.mark.parametrize("wait", ["MIN_INTERVAL_S", "MIN_PAUSE_S"])
async def test_deliveries_after_a_transaction_await_company(
    alice: User, van: Tracker, monkeypatch: pytest.MonkeyPatch, wait: str
) -> None:
    monkeypatch.setattr(batching, wait, 0.2)
    layer = get_channel_layer()
    await layer.group_add(account_group(alice.pk), "listener")
    async with running() as batcher:
        assert await batcher.store(delivery(van, 0)) == [Outcome.STORED]
        late = []
        for second in range(1, 21):
            late.append(asyncio.create_task(batcher.store(delivery(van, second))))
            await let_run()
        assert await asyncio.gather(*late) == [[Outcome.STORED]] * 20
    told = [decode_notice(await layer.receive("listener")) for _ in range(2)]
    assert [len(notice.states) for notice in told] == [1, 20]


async def test_each_caller_is_told_of_its_own_reports(van: Tracker) -> None:
    unknown = Delivery([Report("nobody", at(0))], at(0))
    async with running() as batcher:
        told = await asyncio.gather(*(batcher.store(one) for one in [unknown, delivery(van, 1), unknown]))
    assert told == [[Outcome.UNKNOWN_DEVICE], [Outcome.STORED], [Outcome.UNKNOWN_DEVICE]]


async def test_a_faulty_delivery_spares_the_others(van: Tracker) -> None:
    faulty = Delivery([Report(van.source.device_id, at(5).replace(tzinfo=None))], at(5))
    async with running() as batcher:
        sent = [delivery(van, 1), faulty, delivery(van, 2)]
        told = await asyncio.gather(*(batcher.store(one) for one in sent), return_exceptions=True)
    assert told[0] == told[2] == [Outcome.STORED]
    assert isinstance(told[1], TypeError)
    assert await sync_to_async(names)(van) == {"a1", "a2"}


async def test_overlong_waits_are_told_later_reports_stored(van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as batcher:
        async with held_up(van):
            monkeypatch.setattr(batching, "MAX_WAIT_S", 0.01)
            with pytest.raises(Overloaded):
                await batcher.store(delivery(van, 1))
        monkeypatch.undo()
        assert await batcher.store(delivery(van, 2)) == [Outcome.STORED]


async def test_surplus_waiting_reports_are_refused_at_once(van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MAX_WAITING_REPORTS", 3)
    async with running() as batcher:
        async with held_up(van):
            taken = await occupy_lanes(batcher, van)
            waiting = [asyncio.create_task(batcher.store(delivery(van, n))) for n in range(10, 13)]
            await let_run()
            with pytest.raises(Overloaded):
                await batcher.store(delivery(van, 20))
        await asyncio.gather(*taken, *waiting)
    assert "a20" not in await sync_to_async(names)(van)


async def test_abandoned_reports_are_not_stored(van: Tracker) -> None:
    async with running() as batcher:
        async with held_up(van):
            taken = await occupy_lanes(batcher, van)
            gone = asyncio.create_task(batcher.store(delivery(van, 20)))
            await let_run()
            gone.cancel()
        await asyncio.gather(*taken)
    assert "a20" not in await sync_to_async(names)(van)


async def test_a_connection_that_broke_is_made_anew(van: Tracker) -> None:
    others = await sync_to_async(connection_ids)()
    async with running() as batcher:
        assert await batcher.store(delivery(van, 1)) == [Outcome.STORED]
        await sync_to_async(break_connections)(await sync_to_async(connection_ids)() - others)
        assert await batcher.store(delivery(van, 2)) == [Outcome.STORED]


def connection_ids() -> set[int]:
    """Of all connections to the test database. Those to SQLite are files, which do not break."""
    if connection.vendor == "sqlite":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}


def break_connections(ids: set[int]) -> None:
    for one in ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [one])


async def test_an_error_of_the_database_reaches_every_caller(van: Tracker, settings: Any) -> None:
    name = connection.settings_dict["NAME"]
    async with running() as batcher:
        connection.settings_dict["NAME"] = "/nowhere/at-all"
        try:
            told = await asyncio.gather(*(batcher.store(delivery(van, n)) for n in range(3)), return_exceptions=True)
        finally:
            connection.settings_dict["NAME"] = name
        assert all(isinstance(one, DatabaseError) for one in told)
        assert await batcher.store(delivery(van, 5)) == [Outcome.STORED]


# Lanes that do not come back


@pytest.fixture
def impatient(settings: Any) -> None:
    """A lane is given up after a twentieth of a second."""
    settings.INGEST_TIMEOUT_S = 0.05


async def stuck_ends(batcher: Batcher) -> None:
    """Returns when every lane that was given up has come back."""
    async with asyncio.timeout(10):
        await asyncio.gather(*batcher._stuck, return_exceptions=True)
        await let_run()


class EndlessDelivery:
    """Reports that take as long to be stored as somebody wants, whatever becomes of the connection meanwhile."""

    def __init__(self, tracker: Tracker, second: int) -> None:
        self.reports, self.received_at = delivery(tracker, second).reports, at(second)
        self._may_end = threading.Event()

    @property
    def key(self) -> None:
        self._may_end.wait(20)

    def end(self) -> None:
        self._may_end.set()


async def stick(batcher: Batcher, deliveries: list[EndlessDelivery]) -> None:
    """Hands these over, one after the other; none is stored in time."""
    for one in deliveries:
        with pytest.raises(Overloaded):
            await batcher.store(cast(Delivery, one))


async def test_a_lane_that_waits_for_a_lock_is_given_up_and_replaced(
    van: Tracker, impatient: None, settings: Any
) -> None:
    async with running() as batcher:
        async with held_up(van):
            with pytest.raises(Overloaded):
                await batcher.store(delivery(van, 1))
            assert batcher.stuck_lanes == 1
        await stuck_ends(batcher)
        settings.INGEST_TIMEOUT_S = 8
        assert await batcher.store(delivery(van, 2)) == [Outcome.STORED]
    assert "a2" in await sync_to_async(names)(van)


async def test_no_more_lanes_are_given_up_than_may_be(
    van: Tracker,
    alice: User,
    register: Callable[..., Tracker],
    impatient: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(batching, "MAX_STUCK_LANES", 1)
    monkeypatch.setattr(batching, "MAX_WAIT_S", 0.2)
    most = 1 + batching.LANES[connection.vendor]
    # Each of another tracker, so that none waits for what another one holds.
    endless = [EndlessDelivery(await sync_to_async(register)(alice), second) for second in range(most + 3)]
    async with running() as batcher:
        await stick(batcher, endless)
        for one in endless:
            one.end()
        await stuck_ends(batcher)
        settings.INGEST_TIMEOUT_S = 8
        monkeypatch.undo()
        both = [asyncio.create_task(batcher.store(delivery(van, second))) for second in (50, 51)]
        assert await asyncio.gather(*both) == [[Outcome.STORED]] * 2
    # PostgreSQL may end the first of them meanwhile, and then another one is given up in its place.
    given_up = re.findall(r"a connection is given up; (\d+) are", "\n".join(caplog.messages))
    assert max(map(int, given_up)) == most


# Whether reports can be stored


async def test_a_check_passes_while_reports_can_be_stored(van: Tracker) -> None:
    async with running() as batcher:
        await batcher.check()
        await batcher.check()


async def test_a_check_fails_while_no_lane_comes_back(
    alice: User, register: Callable[..., Tracker], impatient: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "MAX_STUCK_LANES", 0)
    monkeypatch.setattr(batching, "MAX_WAIT_S", 0.2)
    lanes = batching.LANES[connection.vendor]
    endless = [EndlessDelivery(await sync_to_async(register)(alice), second) for second in range(lanes)]
    async with running() as batcher:
        await stick(batcher, endless)
        with pytest.raises(Overloaded):
            await batcher.check()
        for one in endless:
            one.end()
        await stuck_ends(batcher)
        settings.INGEST_TIMEOUT_S = 8
        await batcher.check()


async def test_checks_that_are_made_at_once_wait_in_line_as_one(van: Tracker) -> None:
    async with running() as batcher:
        async with held_up(van):
            taken = await occupy_lanes(batcher, van)
            checks = [asyncio.create_task(batcher.check()) for _ in range(100)]
            await let_run()
            assert len(batcher._waiting) <= 1
            checks[0].cancel()
        await asyncio.gather(*taken, *checks[1:])
