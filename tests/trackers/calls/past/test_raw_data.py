"""`tracker/raw_data/…`: every report as it came (history §6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.api import Api
from tests.trackers.drives import DAY, at, say, text
from trackers.models import Tracker
from trackers.reports.report import Fix
from trackers.services.trackers import set_blocked

READ = "tracker/raw_data/read"


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    van = register(alice)
    say(van, 0, fix=Fix(22.5, -33, 10.5, 90, 7, 9), inputs=(True, False), measurements={"lls_level_2": 70.5})
    say(van, 1, battery_percent=50, attributes={"note": '=1+"1"', "lls_level_1": 3, "door": True})
    say(van, 2, fix=Fix(1, 2, is_cell_based=True), mileage_km=12.5, event_code=4)
    return van


def read(api: Api, tracker: Tracker, *columns: str, path: str = f"/dwh/v1/{READ}", **asked: Any) -> str:
    period = {} if "interval" in asked else DAY
    fields = {"hash": api.hash, "tracker_id": tracker.pk, "columns": columns, **period, **asked}
    response = Client().post(path, fields, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8"), response.content
    return response.content.decode()


@pytest.mark.history(61)
def test_every_report_is_a_line(api: Api, van: Tracker) -> None:
    api("user/settings/update", time_zone="Asia/Kolkata")
    dates = [at(minute).strftime("%Y-%m-%dT%H:%M:%S+0530") for minute in (330, 331, 332)]
    lines = read(api, van, "lat", "lng", "speed", "satellites", "flags.lbs", "inputs.hw_mileage", "no.such").split("\n")
    assert lines == [
        '"msg_time","lat","lng","speed","satellites","flags.lbs","inputs.hw_mileage","no.such"',
        f'"{dates[0]}",22.5,-33.0,10.5,9,false,,',
        f'"{dates[1]}",,,,-1,false,,',
        f'"{dates[2]}",1.0,2.0,,-1,true,12.5,',
        "",
    ]


@pytest.mark.history(61)
def test_boxes_are_spread_and_texts_are_no_formulas(api: Api, van: Tracker) -> None:
    rows = list(csv.DictReader(io.StringIO(read(api, van, "inputs.*", "states.note", "discrete_inputs.*", "states"))))
    names = ["inputs.battery_level", "inputs.hw_mileage", "inputs.lls_level_1", "inputs.lls_level_2"]
    assert list(rows[0]) == ["msg_time", *names, "states.note", "discrete_inputs.1", "states"]
    assert rows[1]["states.note"] == '\'=1+"1"'
    assert [row["discrete_inputs.1"] for row in rows] == ["1", "", ""]
    assert [row["inputs.lls_level_2"] for row in rows] == ["70.5", "", ""]


def test_a_period_can_be_an_interval(api: Api, van: Tracker) -> None:
    since = at(1).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert read(api, van, "event_id", interval=f"{since}/PT1M").count("\n") == 3
    assert read(api, van, "event_id", interval=f"{since}/{at(1.5).strftime('%Y-%m-%dT%H:%M:%SZ')}").count("\n") == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"columns": []},
        {"columns": ["lat"], "format": "parquet"},
        {"columns": ["lat"], "server_time_filter": {"from": text(at(0))}},
        {"columns": ["lat"], "interval": "2026-03-04T00:00:00Z/P1Y"},
        {"columns": ["lat"], "interval": "9999-12-31T00:00:00Z/P99D"},
    ],
)
def test_what_cannot_be_answered_is_refused(api: Api, van: Tracker, asked: dict[str, Any]) -> None:
    assert api.code(READ, tracker_id=van.pk, **DAY, **asked) == 7


def test_what_a_device_tells_is_listed(api: Api, van: Tracker) -> None:
    answer = api("tracker/raw_data/get_inputs", tracker_id=van.pk)
    assert (answer["discrete_inputs"], answer["discrete_outputs"]) == (2, 0)
    assert answer["inputs"] == ["battery_level", "hw_mileage", "lls_level_2"]
    assert answer["states"] == ["door", "note"]


def test_raw_data_of_a_blocked_tracker_is_refused(api: Api, charlie: User, van: Tracker) -> None:
    other = Api()
    other.log_in(charlie.login)
    assert other.code(READ, tracker_id=van.pk, columns=["lat"], **DAY) == 201
    set_blocked(van.source_id, is_blocked=True)
    assert api.code(READ, tracker_id=van.pk, columns=["lat"], **DAY) == 208
