"""The report on careful driving (records §9.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from records.models import Vehicle
from records.rendering.reports.eco import harsh_of, idling_of
from records.services.reports.making import make_next
from tests.api import Api
from trackers.engine.past import PastReport
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=10)
DAY = {"from": NOON.strftime("%Y-%m-%d 00:00:00"), "to": NOON.strftime("%Y-%m-%d 23:59:59")}
# As a public program sends it.
ASKED = {
    "plugin_id": 46,
    "harsh_driving_penalties": {"harshAcceleration": 5, "harshBraking": 7, "harshTurn": 5},
    "speeding_penalties": {"10": 10, "20": 20, "30": 20, "50": 30},
    "speed_limit": 55,
    "idling_penalty": 3,
    "min_idling_duration": 5,
    "min_speeding_duration": 1,
    "check_road_rules_violations": False,
    "use_vehicle_speed_limit": True,
    "show_seconds": False,
}
SPEEDS = [0, 50, 80, 80, 50, *[0] * 8, 58, 58, 58, 0, 0]


@pytest.fixture
def driven(van: Tracker) -> Tracker:
    """Fast twice, once by 25 km/h and once by 3; eight minutes at a gate with the engine on; a hard brake."""
    for minute, speed in enumerate(SPEEDS):
        moment, fix = NOON + timedelta(minutes=minute), Fix(0.5, minute / 100, speed, 90)
        code = 241 if minute == 4 else None
        one = Report(van.source.device_id, moment, fix=fix, ignition=minute < 17, event_code=code)
        ingest([one], received_at=moment)
    return van


def sheets(api: Api, tracker: Tracker, **more: Any) -> list[dict[str, Any]]:
    plugin = {**ASKED, **more}
    report = api("report/tracker/generate", trackers=[tracker.pk], plugin=plugin, **DAY)["id"]
    while make_next(timezone.now()):
        pass
    found: list[dict[str, Any]] = api("report/tracker/retrieve", report_id=report)["report"]["sheets"]
    return found


@pytest.mark.records(79)
def test_careless_driving_is_told_with_its_points(api: Api, driven: Tracker) -> None:
    overview, sheet = sheets(api, driven)
    text, summary, fast, idle, harsh = sheet["sections"]
    assert text["text"] == "Harsh driving is what the device tells of it."
    first, second = fast["data"][0]["rows"]
    assert (first["max_speed"]["v"], first["duration"]["v"], first["start_time"]["v"]) == ("80", "00:02", "12:02")
    assert (first["penalty"]["raw"], second["penalty"]["raw"], first["speed_limit"]["raw"]) == (20, 0, 55)
    assert first["max_speed_address"]["location"] == {"lat": 0.5, "lng": 0.02}
    (one,) = idle["data"][0]["rows"]
    assert (one["start_time"]["v"], one["duration"]["v"], one["penalty"]["raw"]) == ("12:05", "00:08", 3)
    assert one["event_address"]["location"]["lng"] == 0.05
    (one,) = harsh["data"][0]["rows"]
    assert (one["event"]["v"], one["penalty"]["raw"]) == ("Braking", 7)
    told = {row["name"]: row["raw"] for row in summary["rows"]}
    assert told["Speed limit, km/h"] == 55
    assert (told["Penalty points"], told["Speeding"], told["Idling"], told["Harsh driving"]) == (30, 2, 1, 1)
    assert overview["header"] == "Summary"


@pytest.mark.records(79)
def test_the_limit_may_be_that_of_the_vehicle(api: Api, driven: Tracker) -> None:
    Vehicle.objects.create(account=driven.account, tracker=driven, label="Van", max_speed=70)
    for more, violations in (({}, 1), ({"use_vehicle_speed_limit": False}, 2)):
        fast = sheets(api, driven, **more)[1]["sections"][2]
        assert len(fast["data"][0]["rows"]) == violations


@pytest.mark.records(79)
def test_times_of_several_days_have_their_days(api: Api, driven: Tracker) -> None:
    for minute, speed in ((0, 80), (1, 80), (2, 0)):
        moment = NOON + timedelta(days=1, minutes=minute)
        fix = Fix(0.5, 0.5 + minute / 100, speed, 90)
        ingest([Report(driven.source.device_id, moment, fix=fix)], received_at=moment)
    period = {"from": DAY["from"], "to": (NOON + timedelta(days=1, hours=1)).strftime("%Y-%m-%d %H:%M:%S")}
    report = api("report/tracker/generate", trackers=[driven.pk], plugin=ASKED, **period)["id"]
    while make_next(timezone.now()):
        pass
    fast = api("report/tracker/retrieve", report_id=report)["report"]["sheets"][1]["sections"][2]
    days = [row["start_time"]["v"] for row in fast["data"][0]["rows"]]
    assert (days[0], days[-1]) == (f"{NOON:%Y-%m-%d} 12:02", f"{NOON + timedelta(days=1):%Y-%m-%d} 12:00")


@pytest.mark.records(80)
@pytest.mark.parametrize(
    "wrong",
    [
        {"speeding_penalties": {"fast": 1}},
        {"speeding_penalties": {"10": -1}},
        {"speeding_penalties": [1]},
        {"harsh_driving_penalties": {"harshJump": 1}},
        {"speed_limit": 0},
    ],
)
def test_penalties_that_cannot_be_are_refused(api: Api, van: Tracker, wrong: dict[str, Any]) -> None:
    asked = {"trackers": [van.pk], "plugin": {**ASKED, **wrong}, **DAY}
    assert api.code("report/tracker/generate", **asked) == 7


def past(minute: float, *, ignition: bool | None = None, is_fast: bool | None = None, said: bytes = b"") -> PastReport:
    return PastReport(1, NOON + timedelta(minutes=minute), 1, None, is_fast, ignition, said=said)


def test_idling_ends_with_silence_and_goes_on_where_nothing_is_told() -> None:
    reports = [past(0, ignition=True, is_fast=False), past(3), past(6, is_fast=False), past(60, is_fast=False)]
    (one,) = idling_of(reports, timedelta(minutes=5))
    assert (one.start, one.end) == (NOON, NOON + timedelta(minutes=6))
    assert idling_of(reports, timedelta(minutes=7)) == []


def test_an_alarm_counts_when_it_appears() -> None:
    alarm = b'{"alarm":"hardBraking,general"}'
    reports = [
        past(0, said=alarm),
        past(1, said=alarm),
        past(2),
        past(3, said=alarm),
        past(4, said=b'{"event_id":243}'),
    ]
    assert [(one.time - NOON, one.kind) for one in harsh_of(reports)] == [
        (timedelta(), "harshBraking"),
        (timedelta(minutes=3), "harshBraking"),
        (timedelta(minutes=4), ""),
    ]
