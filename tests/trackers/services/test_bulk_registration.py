"""Registering many trackers at once: the rows are those of one by one, and the account hears once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec.structs import replace

from accounts.models import User
from accounts.selectors import principal_for_hash
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from tests.notices import Hear
from tests.strategies import EPOCH
from tests.trackers.services.test_concurrency import WRITERS, at_once
from trackers.engine.counters import CounterType
from trackers.engine.notices import TrackersChanged
from trackers.models import Counter, Group, Source, SourceState, Tracker
from trackers.reports.report import Report
from trackers.services.bulk_registration import NewTracker, register_trackers
from trackers.services.ingestion import current_rules, ingest, rules_of
from trackers.services.registration import NewDevice, register_device
from trackers.services.settings import save_counter
from trackers.services.trackers import register_tracker

BOTH = [CounterType.ODOMETER, CounterType.ENGINE_HOURS]


def newcomers(count: int, group: Group | None = None) -> list[NewTracker]:
    return [NewTracker(f"bulk-{number:03}", f"Van {number}", group, "model-x") for number in range(count)]


def rows_of(tracker: Tracker) -> dict[str, Any]:
    """All that is stored of a tracker, but its ids, its name and when it was registered."""
    source, state = Source.objects.get(pk=tracker.source_id), SourceState.objects.get(pk=tracker.source_id)
    record = state.record
    rules = rules_of(source.own_rules, current_rules())
    assert (record.state.source_id, record.state.registered_at) == (source.pk, source.created_at)
    common = {"source_id": 0, "registered_at": EPOCH}
    return {
        "source": {**fields_of(source), "created_at": None, "device_id": "", "own_rules": rules},
        "tracker": {**fields_of(tracker), "source_id": 0, "label": ""},
        "counters": [
            {**fields_of(row), "source_id": 0} for row in Counter.objects.filter(source=source).order_by("pk")
        ],
        "state": {**fields_of(state), "source_id": 0, "due_at": state.due_at - source.created_at, "document": ""},
        "record": replace(record, state=replace(record.state, **common)),
    }


def fields_of(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}


@pytest.mark.parametrize("kinds", [[], [CounterType.ODOMETER], BOTH], ids=len)
def test_rows_are_those_of_one_by_one(alice: User, kinds: list[CounterType]) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    single = register_tracker(account=alice, device_id="single", label="Van", group=group, model="model-x")
    for kind in kinds:
        save_counter(Counter(source=single.source, counter_type=kind))
    many = register_trackers(alice, newcomers(3, group), counters=kinds)
    assert [tracker.label for tracker in many] == ["Van 0", "Van 1", "Van 2"]
    assert [tracker.source.device_id for tracker in many] == ["bulk-000", "bulk-001", "bulk-002"]
    single.refresh_from_db()
    for tracker in many:
        assert rows_of(Tracker.objects.get(pk=tracker.pk)) == rows_of(single)


def test_trackers_come_in_the_order_given(alice: User) -> None:
    backwards = newcomers(3)[::-1]
    assert [one.label for one in register_trackers(alice, backwards)] == ["Van 2", "Van 1", "Van 0"]


def test_counters_count_from_the_first_reports(alice: User) -> None:
    register_trackers(alice, newcomers(1), counters=BOTH)
    ingest([Report("bulk-000", EPOCH, battery_percent=50)], received_at=EPOCH)
    readings = SourceState.objects.get().record.readings
    assert readings is not None and set(readings.counters) <= set(BOTH)


def test_account_hears_once_of_many(alice: User, charlie: User, hear: Hear) -> None:
    with hear(alice, charlie) as heard:
        register_trackers(alice, newcomers(5), counters=BOTH)
    assert heard == {"alice": [TrackersChanged()], "charlie": []}


def test_second_time_only_what_lacks_is_registered(alice: User, hear: Hear) -> None:
    first = register_trackers(alice, newcomers(2), counters=BOTH)
    with hear(alice) as heard:
        assert register_trackers(alice, newcomers(2), counters=BOTH) == []
    assert heard["alice"] == []
    (third,) = register_trackers(alice, newcomers(3), counters=BOTH)
    assert list(Tracker.objects.order_by("pk")) == [*first, third]
    assert Counter.objects.count() == 6


@pytest.mark.parametrize("device_id", ["", "two words", "x" * 65, "a~1", "a\n"])
def test_an_id_no_device_has_refuses_all(alice: User, device_id: str) -> None:
    newcomers = [NewTracker("van_1.a", "Van"), NewTracker(device_id, "Odd")]
    with pytest.raises(ApiError) as refused:
        register_trackers(alice, newcomers)
    assert refused.value.code is ErrorCode.INVALID_PARAMETERS
    assert refused.value.errors[0].parameter == "1.device_id"
    assert not Tracker.objects.exists()
    assert [one.source.device_id for one in register_trackers(alice, newcomers[:1])] == ["van_1.a"]


@pytest.mark.parametrize("bad", [NewTracker("taken", "Van"), NewTracker("bulk-000", "Twice")], ids=["taken", "twice"])
def test_one_device_id_in_use_refuses_all(alice: User, charlie: User, bad: NewTracker) -> None:
    register_tracker(account=charlie, device_id="taken", label="Charlie's")
    with pytest.raises(ApiError) as raised:
        register_trackers(alice, [*newcomers(3), bad], counters=BOTH)
    assert raised.value.code is ErrorCode.DEVICE_ID_IN_USE
    assert (Source.objects.count(), SourceState.objects.count(), Counter.objects.count()) == (1, 1, 0)


def test_group_that_is_gone_refuses_all(alice: User) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    Group.objects.all().delete()
    with pytest.raises(ApiError) as raised:
        register_trackers(alice, newcomers(2, group))
    assert raised.value.code is ErrorCode.ENTITY_NOT_FOUND
    assert not Source.objects.exists()


def test_account_that_is_gone_is_refused(alice: User) -> None:
    User.objects.filter(pk=alice.pk).delete()
    with pytest.raises(ApiError) as raised:
        register_trackers(alice, newcomers(1))
    assert raised.value.code is ErrorCode.NOT_FOUND


def test_a_hundred_take_hardly_more_statements_than_ten(alice: User) -> None:
    def statements(trackers: list[NewTracker]) -> int:
        with CaptureQueriesContext(connection) as queries:
            register_trackers(alice, trackers, counters=[CounterType.ODOMETER])
        return len(queries)

    # SQLite takes 999 values in one, so that a hundred sources need two.
    assert statements(newcomers(110)[10:]) <= statements(newcomers(10)) + 3


@pytest.mark.django_db(transaction=True)
def test_a_device_is_registered_once_by_bulk_and_single_at_once(alice: User, charlie: User) -> None:
    principal = principal_for_hash(create_session(charlie))
    assert principal is not None

    def register(number: int) -> int:
        try:
            if number % 2:
                register_device(principal, NewDevice("bulk-007", "osmand"), label="Van", group=None)
            else:
                order = newcomers(10) if number else newcomers(10)[::-1]
                register_trackers(alice, order, counters=BOTH)
        except ApiError as error:
            return error.code
        return 0

    outcomes = at_once(register)
    assert set(outcomes) <= {0, ErrorCode.DEVICE_ID_IN_USE} and len(outcomes) == WRITERS
    owner = Tracker.objects.get(source__device_id="bulk-007").account
    assert Source.objects.count() == SourceState.objects.count() == (10 if owner == alice else 1)
    # Who repeats what was done already succeeds; whoever comes second with another's device does not.
    assert outcomes.count(0) == (2 if owner == alice else 1)


@pytest.mark.django_db(transaction=True)
def test_two_accounts_with_the_same_devices_never_wait_for_each_other(
    alice: User, charlie: User, register: Callable[..., Tracker]
) -> None:
    def bring(number: int) -> int:
        account, order = (alice, newcomers(50)) if number % 2 else (charlie, newcomers(50)[::-1])
        try:
            return len(register_trackers(account, order))
        except ApiError as error:
            assert error.code is ErrorCode.DEVICE_ID_IN_USE
            return 0

    assert sum(at_once(bring)) == 50
    assert Tracker.objects.values("account").distinct().count() == 1
