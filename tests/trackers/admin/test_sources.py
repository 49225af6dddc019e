"""What is set for sources in the admin: the pages open, and changes go through the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import models

from accounts.models import User
from tests.admin import Admin
from tests.notices import Hear
from tests.strategies import EPOCH
from trackers.engine.counters import CounterType
from trackers.engine.notices import InstrumentsChanged
from trackers.models import Counter, Sensor, Source, SourceState, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_sensor, set_counter_value
from trackers.services.trackers import corrupt_tracker

RULES = {
    "min_idle_duration_minutes": 5,
    "idle_speed_threshold": 3,
    "clock_rule": "device",
    "clock_offset_s": 0,
    "speed_unit": "knots",
}


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Source:
    return register(alice).source


@pytest.fixture
def tank(van: Source) -> Sensor:
    sensor = Sensor(source=van, kind="metering", sensor_type="fuel", name="Van tank", input_name="lls_level_1")
    save_sensor(sensor)
    return sensor


@pytest.mark.parametrize("model", [Sensor, Counter])
def test_every_page_opens(staff: Admin, van: Source, tank: Sensor, model: type[models.Model]) -> None:
    set_counter_value(van, CounterType.ODOMETER, 5)
    opened = list(staff.open_everything(model))
    assert len(opened) > 5
    assert [(address, status) for address, status in opened if status != 200] == []


def test_sources_are_viewed_never_added_or_deleted(staff: Admin, van: Source) -> None:
    assert staff.open("trackers_source_changelist", query="?q=device-1&ignition_aware__exact=0").status_code == 200
    assert staff.open("trackers_source_change", van.pk).status_code == 200
    assert staff.open("trackers_source_add").status_code == 403
    assert staff.open("trackers_source_delete", van.pk).status_code == 403


def test_removed_sources_are_not_shown(staff: Admin, van: Source) -> None:
    corrupt_tracker(Tracker.objects.get())
    assert van.device_id not in staff.open("trackers_source_changelist").content.decode()


def test_trip_detection_is_set_per_source(staff: Admin, van: Source) -> None:
    staff.change("trackers_source_change", van.pk, **RULES | {"idle_speed_threshold": 60})
    ingest([Report(van.device_id, EPOCH, fix=Fix(1, 2, speed_kmh=50))], received_at=EPOCH)
    assert SourceState.objects.get().movement_status == "parked"


def test_rules_out_of_range_are_refused(staff: Admin, van: Source) -> None:
    errors = staff.refuse("trackers_source_change", van.pk, **RULES | {"offline_timeout_s": 5})
    assert list(errors) == ["offline_timeout_s"]


def sensor_fields(source: Source, **fields: Any) -> dict[str, Any]:
    return {
        "source": source.pk,
        "kind": "metering",
        "sensor_type": "fuel",
        "name": "Tank",
        "input_name": "lls_level_1",
        "divider": 10,
        "accuracy": 0,
        "units_type": "litre",
        "parameters": '{"max": 80}',
        **fields,
    }


def test_a_sensor_is_added_and_reads(staff: Admin, van: Source) -> None:
    staff.change("trackers_sensor_add", **sensor_fields(van))
    ingest([Report(van.device_id, EPOCH, measurements={"lls_level_1": 640.0})], received_at=EPOCH)
    readings = SourceState.objects.get().record.readings
    assert readings is not None and [one.value for one in readings.by_sensor.values()] == [64]


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [({"sensor_type": "ignition"}, "sensor_type"), ({"parameters": '{"max": "x"}'}, "parameters")],
)
def test_a_sensor_that_cannot_be_is_refused(staff: Admin, van: Source, changes: dict[str, Any], at_fault: str) -> None:
    assert list(staff.refuse("trackers_sensor_add", **sensor_fields(van, **changes))) == [at_fault]
    assert not Sensor.objects.exists()


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_sensor_is_removed_with_its_reading(
    staff: Admin, alice: User, van: Source, tank: Sensor, hear: Hear, way: str
) -> None:
    ingest([Report(van.device_id, EPOCH, measurements={"lls_level_1": 5.0})], received_at=EPOCH)
    with hear(alice) as heard:
        staff.remove("trackers_sensor", way, tank)
    assert any(isinstance(notice, InstrumentsChanged) for notice in heard["alice"])
    assert SourceState.objects.get().record.readings is None


def test_a_counter_is_added_set_and_removed(staff: Admin, van: Source) -> None:
    fields = {"source": van.pk, "counter_type": "odometer", "multiplier": 1}
    staff.change("trackers_counter_add", **fields, value=1000)
    assert "1000.00" in staff.open("trackers_counter_changelist").content.decode()
    counter = Counter.objects.get()
    staff.change("trackers_counter_change", counter.pk, counter_type="odometer", multiplier=2)
    assert "1000.00" in staff.open("trackers_counter_changelist").content.decode()
    staff.remove("trackers_counter", "action", counter)
    assert SourceState.objects.get().record.readings is None
