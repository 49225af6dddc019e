"""Several who set up trackers at once: limits hold, nothing is stored twice, and nobody waits for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.selectors import Principal, principal_for_hash
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError
from tests.strategies import EPOCH
from tests.trackers.services.test_concurrency import WRITERS, at_once
from trackers.models import Group, Sensor, Source, Tracker
from trackers.reports.report import Report
from trackers.services import groups, sensors
from trackers.services.ingestion import ingest
from trackers.services.registration import NewDevice, register_device

pytestmark = pytest.mark.django_db(transaction=True)

DONE = 0


def codes(work: Callable[[int], Any]) -> Counter[int]:
    """How often the work was done, or refused with which code."""

    def attempt(number: int) -> int:
        try:
            work(number)
        except ApiError as error:
            return error.code
        return DONE

    return Counter(at_once(attempt))


@pytest.fixture
def principals(alice: User, charlie: User) -> list[Principal]:
    return [principal_for_hash(create_session(user)) for user in (alice, charlie)]


@pytest.mark.parametrize(("device_id", "phone", "code"), [("same", "", 224), ("", "49301234567", 223)])
def test_a_device_is_registered_once(principals: list[Principal], device_id: str, phone: str, code: int) -> None:
    def register(number: int) -> None:
        device = NewDevice(device_id or f"device-{number}", "osmand", phone)
        register_device(principals[number % 2], device, label="Van", group=None)

    assert codes(register) == {DONE: 1, code: WRITERS - 1}
    assert (Source.objects.count(), Tracker.objects.count()) == (1, 1)


def test_an_accounts_last_place_is_taken_once(principals: list[Principal], settings: Any) -> None:
    settings.MAX_TRACKERS_PER_ACCOUNT = 1

    def register(number: int) -> None:
        register_device(principals[0], NewDevice(f"device-{number}", "osmand"), label="Van", group=None)

    assert codes(register) == {DONE: 1, 221: WRITERS - 1}


def test_an_input_is_taken_once_while_reports_come(alice: User, register: Callable[..., Tracker]) -> None:
    source = register(alice).source

    def create_or_send(number: int) -> None:
        if number == 0:
            for _ in range(10):
                ingest([Report(source.device_id, EPOCH, inputs=(True,))], received_at=EPOCH)
        else:
            sensors.create_sensor(
                Sensor(source=source, kind="discrete", sensor_type="door", name="Door", input_number=1)
            )

    assert codes(create_or_send) == {DONE: 2, 232: WRITERS - 2}
    assert Sensor.objects.count() == 1


def test_groups_come_and_go_while_trackers_are_assigned(alice: User, register: Callable[..., Tracker]) -> None:
    vans = [register(alice) for _ in range(5)]
    ids = [van.pk for van in vans]
    stays = Group.objects.create(account=alice, title="Stays")
    goes = [Group.objects.create(account=alice, title="Goes") for _ in range(10)]

    def change(number: int) -> None:
        for group in goes:
            try:
                if number == 0:
                    groups.remove_group(Group(pk=group.pk, account=alice, title="Goes"))
                else:
                    order = ids if number % 2 else ids[::-1]
                    groups.assign_group(alice.pk, order, stays if number == 1 else group)
            except ApiError as error:
                assert error.code == 201

    at_once(change)
    assert list(Group.objects.all()) == [stays]
    assert set(Tracker.objects.values_list("group", flat=True)) <= {stays.pk, None}


def test_copies_in_opposite_directions_never_deadlock(alice: User, register: Callable[..., Tracker]) -> None:
    sources = [register(alice).source_id for _ in range(3)]
    sensors.create_sensor(
        Sensor(source_id=sources[0], kind="discrete", sensor_type="door", name="Door", input_number=1)
    )

    def copy(number: int) -> None:
        base, *targets = sources if number % 2 else sources[::-1]
        for _ in range(5):
            sensors.copy_sensors(base, targets)

    at_once(copy)
    per_source = Counter(Sensor.objects.values_list("source", flat=True))
    assert max(per_source.values(), default=0) <= 1 and len(per_source) in (0, 3)
