"""The report on fuel (records §9.3)."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from records.services.reports.making import make_next
from tests.api import Api
from trackers.models import Sensor, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.settings import save_sensor

DEGREE_KM = math.radians(1) * 6371.0
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=10)
DAY = {"from": NOON.strftime("%Y-%m-%d 00:00:00"), "to": NOON.strftime("%Y-%m-%d 23:59:59")}


@pytest.fixture
def fuelled(van: Tracker) -> Tracker:
    """Twenty kilometres for two litres, a refill of 40, and 15 that go while it stands."""
    save_sensor(Sensor(source=van.source, kind="metering", sensor_type="fuel", name="Tank", input_name="lls_level_1"))
    driven = [(minute, 60, minute, 50 - minute / 10) for minute in range(21)]
    stood = [(minute, 0, 20, level) for minute, level in ((21, 48), (22, 60), (23, 88), (24, 88), (50, 73), (51, 73))]
    for minute, speed, kilometres, level in driven + stood:
        moment, fix = NOON + timedelta(minutes=minute), Fix(0.5, kilometres / DEGREE_KM, speed, 90)
        ingest([Report(van.source.device_id, moment, fix=fix, attributes={"lls_level_1": level})], received_at=moment)
    return van


def sheet(api: Api, tracker: Tracker, **plugin: Any) -> dict[str, Any]:
    report = api("report/tracker/generate", trackers=[tracker.pk], plugin={"plugin_id": 10, **plugin}, **DAY)["id"]
    while make_next(timezone.now()):
        pass
    found: dict[str, Any] = api("report/tracker/retrieve", report_id=report)["report"]["sheets"][-1]
    return found


@pytest.mark.records(55)
def test_fuel_is_followed_from_refill_to_drain(api: Api, fuelled: Tracker) -> None:
    jumps, days, summary = sheet(api, fuelled)["sections"]
    (block,) = jumps["data"]
    assert [(row["what"]["v"], row["start"]["v"], row["volume"]["raw"]) for row in block["rows"]] == [
        ("Refill", "12:21", 40),
        ("Drain", "12:24", 15),
    ]
    assert block["rows"][0]["start"]["location"]["lng"] == pytest.approx(20 / DEGREE_KM, abs=1e-6)
    told = {row["name"]: row["raw"] for row in summary["rows"]}
    length = api("track/list", tracker_id=fuelled.pk, **DAY)["total"]["length"]
    assert (told["Refilled, l"], told["Drained, l"], told["Consumed, l"]) == (40, 15, 2)
    assert (told["Mileage, km"], told["Consumption, l/100 km"]) == (length, pytest.approx(10, abs=0.2))
    (day,) = days["data"][0]["rows"]
    assert (day["begin"]["raw"], day["used"]["raw"], day["left"]["raw"]) == (50, 2, 73)
    assert day["length"]["raw"] == length


@pytest.mark.records(55)
def test_a_tracker_without_a_fuel_sensor_is_told_of(api: Api, van: Tracker) -> None:
    assert sheet(api, van)["sections"][-1]["text"] == "There is no fuel level sensor."
