"""`report/tracker/*`: what is asked for, made and read (records §9)."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from records.models import Report as ReportRow
from records.rendering.reports import sheets as sheets_module
from records.services.reports import making as reports
from tests.api import Api
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.trackers import bind_sub_users, set_blocked

NOWHERE = 2**31 - 1
DEGREE_KM = math.radians(1) * 6371.0
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=10)
SPEEDS = [0, *[60] * 5, *[0] * 9, *[60] * 5, *[0] * 10]


def text(minute: float) -> str:
    return (NOON + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S")


DAY = {"from": text(-720), "to": text(719)}


@pytest.fixture
def driven(van: Tracker) -> Tracker:
    """A kilometre a minute, twice five minutes, with the ignition on for all but the last nine minutes."""
    kilometres = 0.0
    for minute, speed in enumerate(SPEEDS):
        kilometres += speed / 60
        moment = NOON + timedelta(minutes=minute)
        runs = minute < 21
        one = Report(van.source.device_id, moment, fix=Fix(0.5, kilometres / DEGREE_KM, speed, 90), ignition=runs)
        ingest([one], received_at=moment)
    return van


def order(api: Api, tracker: Tracker, **more: Any) -> int:
    plugin = {"plugin_id": 4, **more.pop("plugin", {})}
    found: int = api("report/tracker/generate", trackers=[tracker.pk], plugin=plugin, **{**DAY, **more})["id"]
    return found


def make_all() -> None:
    while reports.make_next(timezone.now()):
        pass


def sheet(api: Api, tracker: Tracker, **more: Any) -> dict[str, Any]:
    report = order(api, tracker, **more)
    make_all()
    found = api("report/tracker/retrieve", report_id=report)["report"]["sheets"][-1]
    return found


def rows(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    tables = [one for one in sheet["sections"] if one["type"] == "table"]
    return [row for day in tables[-1]["data"] for row in day["rows"]]


def summary(sheet: dict[str, Any]) -> dict[str, Any]:
    (found,) = (one for one in sheet["sections"] if one["type"] == "map_table")
    return {row["name"]: row["raw"] for row in found["rows"]}


@pytest.mark.records(35, 36)
def test_a_report_is_made_in_the_background(api: Api, driven: Tracker) -> None:
    report = order(api, driven, title="Trips of May")
    assert api("report/tracker/status", report_id=report)["percent_ready"] == 0
    assert api.code("report/tracker/retrieve", report_id=report) == 229
    assert api.code("report/tracker/download", report_id=report, format="xlsx") == 229
    make_all()
    assert api("report/tracker/status", report_id=report)["percent_ready"] == 100
    made = api("report/tracker/retrieve", report_id=report)["report"]
    assert (made["title"], made["id"], made["from"], made["to"]) == ("Trips of May", report, DAY["from"], DAY["to"])
    assert (made["sheets"][0]["header"], made["sheets"][0]["entity_ids"]) == (driven.label, [driven.pk])
    (listed,) = api("report/tracker/list")["list"]
    assert (listed["id"], listed["percent"], listed["parameters"]["trackers"]) == (report, 100, [driven.pk])


@pytest.mark.records(37)
def test_trips_agree_with_the_list_of_tracks(api: Api, driven: Tracker) -> None:
    made = sheet(api, driven)
    tracks = api("track/list", tracker_id=driven.pk, **DAY)
    assert [row["length"]["raw"] for row in rows(made)] == [track["length"] for track in tracks["list"]]
    assert [row["avg_speed"]["raw"] for row in rows(made)] == [track["avg_speed"] for track in tracks["list"]]
    assert summary(made)["Total trips length, km"] == tracks["total"]["length"]
    first = rows(made)[0]
    assert (first["from"]["v"], first["time"]["v"], first["time"]["raw"]) == ("12:01", "00:05", 300)
    assert first["from"]["raw"] == (NOON + timedelta(minutes=1)).timestamp() * 1000
    assert first["from"]["location"]["lat"] == 0.5


@pytest.mark.records(37)
def test_seconds_are_shown_on_request(api: Api, driven: Tracker) -> None:
    first = rows(sheet(api, driven, plugin={"show_seconds": True}))[0]
    assert (first["from"]["v"], first["time"]["v"]) == ("12:01:00", "00:05:00")


@pytest.mark.records(38)
def test_stops_are_what_is_between_trips(api: Api, driven: Tracker) -> None:
    made = sheet(api, driven, plugin={"plugin_id": 6})
    assert [(row["start"]["v"], row["end"]["v"]) for row in rows(made)] == [
        ("12:00", "12:01"),
        ("12:06", "12:15"),
        ("12:20", "12:29"),
    ]
    assert summary(made) == {"Stops": 3, "Stops duration": 19 * 60, "Travel time": 600}
    assert rows(made)[1]["start"]["location"]["lng"] == pytest.approx(5 / DEGREE_KM)


@pytest.mark.records(39)
def test_engine_hours_are_those_of_the_ignition(api: Api, driven: Tracker) -> None:
    report = order(api, driven, plugin={"plugin_id": 7})
    make_all()
    overview, made = api("report/tracker/retrieve", report_id=report)["report"]["sheets"]
    (day,) = made["sections"][3]["data"][0]["rows"]
    assert (day["date"]["v"], day["duration"]["v"]) == (NOON.date().isoformat(), "00:21")
    assert (day["in_movement"]["raw"], day["idle"]["raw"]) == (600, 660)
    assert summary(made)["Engine hours"] == 1260
    (run,) = made["sections"][2]["data"][0]["rows"]
    assert (run["start"]["v"], run["end"]["v"]) == ("12:00", "12:21")
    (row,) = rows(overview)
    assert (row["tracker"]["v"], row["value_0"]["raw"]) == (driven.label, 1260)


@pytest.mark.records(40)
@pytest.mark.parametrize(("max_speed", "minutes", "count"), [(59, 0, 2), (59, 5, 2), (59, 6, 0), (60, 0, 0)])
def test_speeding_is_what_is_faster_for_long(
    api: Api, driven: Tracker, max_speed: int, minutes: int, count: int
) -> None:
    plugin = {"plugin_id": 27, "max_speed": max_speed, "min_duration_minutes": minutes}
    made = sheet(api, driven, plugin=plugin)
    assert (len(rows(made)), summary(made)["Violations"]) == (count, count)
    if count:
        first = made["sections"][1]["data"][0]["rows"][0]
        assert (first["start_time"]["v"], first["max_speed"]["raw"], first["duration"]["raw"]) == ("12:01", 60, 300)
        assert first["max_speed_address"]["location"]["lng"] == pytest.approx(1 / DEGREE_KM, abs=1e-7)


@pytest.mark.records(41)
def test_only_some_times_are_looked_at(api: Api, driven: Tracker) -> None:
    late = {"from": "12:10", "to": "13:00"}
    assert [row["from"]["v"] for row in rows(sheet(api, driven, time_filter=late))] == ["12:15"]
    other_days = {"weekdays": [day for day in range(1, 8) if day != NOON.isoweekday()]}
    assert rows(sheet(api, driven, time_filter=other_days)) == []


@pytest.mark.records(41)
def test_times_are_those_of_the_caller(api: Api, alice: User, driven: Tracker) -> None:
    alice.time_zone = "Asia/Kolkata"
    alice.save()
    zoned = Api()
    zoned.log_in(alice.login)
    made = sheet(zoned, driven, **{"from": text(0), "to": text(719)})
    assert rows(made)[0]["from"]["v"] == "17:31"


@pytest.mark.records(42)
def test_empty_sheets_are_hidden_on_request(api: Api, van: Tracker) -> None:
    assert rows(sheet(api, van)) == []
    report = order(api, van, plugin={"hide_empty_tabs": True})
    make_all()
    assert api("report/tracker/retrieve", report_id=report)["report"]["sheets"] == []


@pytest.mark.records(42)
def test_a_summary_may_come_alone(api: Api, driven: Tracker) -> None:
    made = sheet(api, driven, plugin={"include_summary_sheet_only": True})
    assert [one["type"] for one in made["sections"]] == ["map_table"]


@pytest.mark.records(42)
def test_what_is_left_out_is_said(api: Api, driven: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets_module, "MAX_ROWS", 1)
    made = sheet(api, driven)
    assert (len(rows(made)), made["sections"][-1]["type"]) == (1, "text")
    assert summary(made)["Trips"] == 2


@pytest.mark.records(43)
def test_files_have_what_the_report_has(api: Api, driven: Tracker) -> None:
    report = order(api, driven, title="=Trips")
    make_all()
    client = Client()
    answer = client.get("/report/tracker/download", {"hash": api.hash, "report_id": report, "format": "xlsx"})
    assert (answer.status_code, "Trips-" in answer["Content-Disposition"]) == (200, True)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert driven.label in book.read("xl/sharedStrings.xml").decode()
    answer = client.get("/report/tracker/download", {"hash": api.hash, "report_id": report, "format": "csv"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[1:3] for line in lines if line[1:2] and line[1].startswith("12:")] == [
        ["12:01", "12:06"],
        ["12:15", "12:20"],
    ]
    assert api.code("report/tracker/download", report_id=report, format="doc") == 7


@pytest.mark.records(43)
def test_a_label_is_no_formula(api: Api, alice: User, driven: Tracker) -> None:
    driven.label = "=1+2"
    driven.save()
    report = order(api, driven)
    make_all()
    answer = Client().get("/report/tracker/download", {"hash": api.hash, "report_id": report, "format": "csv"})
    assert answer.content.decode("utf-8-sig").startswith("'=1+2")


@pytest.mark.records(44)
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"trackers": [NOWHERE]}, 217),
        ({"trackers": []}, 7),
        ({"trackers": list(range(501))}, 221),
        ({"plugin": {"plugin_id": 999}}, 222),
        ({"plugin": {}}, 7),
        ({"plugin": {"plugin_id": 27, "max_speed": 0}}, 7),
        ({"from": DAY["to"], "to": DAY["from"]}, 7),
        ({"from": "2020-01-01 00:00:00"}, 211),
        ({"time_filter": {"from": "25:00"}}, 7),
        ({"time_filter": {"weekdays": [8]}}, 7),
        ({"title": "x" * 256}, 7),
    ],
)
def test_a_report_that_cannot_be_is_refused(api: Api, van: Tracker, wrong: dict[str, Any], code: int) -> None:
    parameters = {"trackers": [van.pk], "plugin": {"plugin_id": 4}, **DAY, **wrong}
    assert api.code("report/tracker/generate", **parameters) == code


@pytest.mark.records(45)
def test_reports_need_their_right(
    api: Api, bobs: Api, bob: User, van: Tracker, driven: Tracker, grant: Callable[..., None]
) -> None:
    report = order(api, van)
    assert bobs.code("report/tracker/list") == 13
    grant("reports")
    assert bobs("report/tracker/list")["list"] == []
    assert bobs.code("report/tracker/status", report_id=report) == 204
    parameters = {"trackers": [van.pk], "plugin": {"plugin_id": 4}, **DAY}
    assert bobs.code("report/tracker/generate", **parameters) == 217
    bind_sub_users(van, [bob])
    own = bobs("report/tracker/generate", **parameters)["id"]
    assert {one["id"] for one in api("report/tracker/list")["list"]} == {own, report}


@pytest.mark.records(46)
def test_another_accounts_report_is_not_there(api: Api, charlie: User, van: Tracker) -> None:
    report = order(api, van)
    hers = Api()
    hers.log_in(charlie.login)
    for call in ("status", "retrieve", "delete"):
        assert hers.code(f"report/tracker/{call}", report_id=report) == 204
    api("report/tracker/delete", report_id=report)
    assert api.code("report/tracker/status", report_id=report) == 204
    make_all()


@pytest.mark.records(47)
def test_few_reports_are_made_at_once(api: Api, van: Tracker) -> None:
    for _ in range(reports.MAX_UNFINISHED):
        order(api, van)
    assert api.code("report/tracker/generate", trackers=[van.pk], plugin={"plugin_id": 4}, **DAY) == 15
    make_all()
    order(api, van)


@pytest.mark.records(47)
def test_old_reports_are_forgotten(api: Api, van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_KEPT", 2)
    made = [order(api, van)]
    for _ in range(2):
        make_all()
        made.append(order(api, van))
    assert {one["id"] for one in api("report/tracker/list")["list"]} == set(made[1:])
    assert reports.forget_old(timezone.now() + timedelta(days=29)) == 0
    assert reports.forget_old(timezone.now() + timedelta(days=31)) == 2


@pytest.mark.records(48)
def test_a_report_goes_on_where_it_was_left(
    api: Api, alice: User, register: Callable[..., Tracker], driven: Tracker
) -> None:
    other = register(alice)
    parameters = {"plugin": {"plugin_id": 4}, **DAY}
    report = api("report/tracker/generate", trackers=[driven.pk, other.pk], **parameters)["id"]
    now = timezone.now()
    assert reports.make_next(now)
    assert api("report/tracker/status", report_id=report)["percent_ready"] == 50
    # Somebody took the next sheet and died.
    ReportRow.objects.filter(pk=report).update(held_until=now + reports.HOLD)
    assert not reports.make_next(now)
    assert reports.make_next(now + reports.HOLD + timedelta(seconds=1))
    assert len(api("report/tracker/retrieve", report_id=report)["report"]["sheets"]) == 2


@pytest.mark.records(48)
def test_a_report_that_fails_again_is_given_up(api: Api, van: Tracker, caplog: pytest.LogCaptureFixture) -> None:
    report = order(api, van)
    ReportRow.objects.filter(pk=report).update(time_zone="Nowhere/At all")
    now = timezone.now()
    for attempt in range(reports.MAX_ATTEMPTS):
        assert reports.make_next(now + attempt * (reports.HOLD + timedelta(seconds=1)))
    assert api.code("report/tracker/status", report_id=report) == 204
    assert "given up" in caplog.text


@pytest.mark.records(48)
def test_trackers_that_are_gone_have_no_sheet(
    api: Api, alice: User, register: Callable[..., Tracker], driven: Tracker
) -> None:
    blocked = register(alice)
    report = api("report/tracker/generate", trackers=[blocked.pk, driven.pk], plugin={"plugin_id": 4}, **DAY)["id"]
    set_blocked(blocked.source_id, is_blocked=True)
    make_all()
    (one,) = api("report/tracker/retrieve", report_id=report)["report"]["sheets"]
    assert one["entity_ids"] == [driven.pk]
