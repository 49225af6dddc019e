"""What public programs send of the calls about the past, and what they read of the answers (history §2 to §6)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.plain_client import PATIENCE_S, log_in
from tests.end_to_end.servers import Daphne
from tests.trackers.drives import at, drive, take_in
from trackers.engine.counters import CounterType
from trackers.models import Sensor, Tracker
from trackers.services.settings import save_sensor, set_counter_value

PLAIN = "%Y-%m-%d %H:%M:%S"
DAY = at(0).strftime("%Y-%m-%d")
MONTH = {"from": f"{(at(0) - timedelta(days=20)).strftime('%Y-%m-%d')} 00:00:00", "to": f"{DAY} 23:59:59"}
TODAY = {"from": f"{DAY} 00:00:00", "to": f"{DAY} 23:59:59"}


@dataclass(frozen=True)
class Fleet:
    """Alice's van, which drove twice, and its sensor."""

    credential: str
    van: Tracker
    idle: Tracker
    sensor: Sensor


@pytest.fixture
def fleet(server: Daphne, alice: User, register: Callable[..., Tracker]) -> Fleet:
    van, idle = register(alice), register(alice)
    sensor = Sensor(source=van.source, kind="metering", sensor_type="speed", name="Level", input_name="level")
    save_sensor(sensor)
    set_counter_value(van.source, CounterType.ODOMETER, 1000)
    van.source.refresh_from_db()
    for one in drive(van):
        take_in([one])
    return Fleet(log_in(server, alice.login), van, idle, sensor)


@pytest.fixture
def http(server: Daphne) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S, follow_redirects=False) as client:
        yield client


@pytest.fixture
def ask(http: httpx.Client, fleet: Fleet) -> Callable[..., Any]:
    """A call by JSON, as most programs make it; only success is read."""

    def post(path: str, **parameters: Any) -> Any:
        answer = http.post(path, json={"hash": fleet.credential, **parameters}).json()
        assert answer["success"] is True, answer
        return answer

    return post


@pytest.mark.history(1, 2)
def test_k1_notebook_makes_a_table_of_tracks_and_mileage(ask: Callable[..., Any], fleet: Fleet) -> None:
    rows = [
        {"tracker": tracker.pk, **track}
        for tracker in (fleet.van, fleet.idle)
        for track in ask("/v2/track/list", tracker_id=tracker.pk, **MONTH)["list"]
    ]
    assert {row["tracker"] for row in rows} == {fleet.van.pk}
    period = {"from": f"{DAY} 00:00:00", "to": f"{DAY} 23:59:59"}
    mileage = ask("/v2/tracker/stats/mileage/read", trackers=[fleet.van.pk, fleet.idle.pk], **period)["result"]
    driven = sum(day["mileage"] for day in mileage[str(fleet.van.pk)].values())
    assert driven == pytest.approx(sum(row["length"] for row in rows), abs=0.02)


def test_k2_dashboard_reads_dates_strictly_and_sensors_in_parallel(ask: Callable[..., Any], fleet: Fleet) -> None:
    tracks = ask("/track/list", tracker_id=fleet.van.pk, **TODAY)["list"]
    spans = [[datetime.strptime(track[name], PLAIN) for name in ("start_date", "end_date")] for track in tracks]
    assert sum((end - start for start, end in spans), timedelta()) == timedelta(minutes=10)
    with ThreadPoolExecutor(2) as pool:
        asked = {"sensor_id": fleet.sensor.pk, **TODAY}
        answers = list(pool.map(lambda _: ask("/tracker/sensor/data/read", tracker_id=fleet.van.pk, **asked), range(2)))
    assert [answer["list"] for answer in answers] == [[], []]


def test_k5_page_sends_a_form_and_shows_the_newest_trip(http: httpx.Client, fleet: Fleet) -> None:
    fields = {"hash": fleet.credential, "tracker_id": str(fleet.van.pk), **MONTH}
    assert http.post("/api-v2/track/list", data=fields).json()["list"][-1]["end_date"] == at(20).strftime(PLAIN)


def test_k6_k7_k11_services_take_whatever_is_listed(ask: Callable[..., Any], fleet: Fleet) -> None:
    as_utc = {name: datetime.fromisoformat(date).isoformat()[:19].replace("T", " ") for name, date in TODAY.items()}
    listed = ask("/v2/track/list", tracker_id=str(fleet.van.pk), **as_utc)["list"]
    points = ask("/v2/track/read", tracker_id=fleet.van.pk, **as_utc)["list"]
    assert (len(listed), len(points)) == (2, 4)
    assert all(isinstance(point[name], float) for point in points for name in ("lat", "lng"))


def test_k8_app_joins_a_day_to_one_track(http: httpx.Client, fleet: Fleet) -> None:
    wanted = {"split": False, "filter": False, "include_gsm_lbs": False}
    asked = {"hash": fleet.credential, "tracker_id": fleet.van.pk, **wanted, **TODAY}
    answer = http.post("/v2/track/list/", json=asked).json()
    assert (answer["success"], [track["type"] for track in answer["list"]]) == (True, ["merged"])
    refused = http.post("/v2/track/list/", json=asked | {"tracker_id": 987_654}).json()
    assert refused["status"]["description"] == "Not found in database"


def test_k9_k10_programs_get_with_slash_and_query(http: httpx.Client, fleet: Fleet) -> None:
    query = {"hash": fleet.credential, "tracker_id": fleet.van.pk, **MONTH}
    assert http.get("/v2/track/list/", params=query).status_code == 200
    points = http.get("/v2/track/read", params=query).json()["list"]
    assert all(float(str(point["lat"])) == 0.5 for point in points)


def test_k12_service_expects_every_satellite_point(ask: Callable[..., Any], fleet: Fleet) -> None:
    wanted = {"simplify": False, "filter": False, "include_gsm_lbs": False}
    answer = ask("/v2/track/read", tracker_id=fleet.van.pk, **wanted, **TODAY)
    assert (len(answer["list"]), answer["limit_exceeded"]) == (30, False)


def test_k15_page_asks_for_all_trackers_at_once(ask: Callable[..., Any], fleet: Fleet) -> None:
    wanted = dict.fromkeys(("cluster_single_reports", "filter", "include_gsm_lbs", "split"), True)

    def listed(tracker: Tracker) -> tuple[int, list[Any]]:
        return tracker.pk, ask("/v2/track/list", tracker_id=tracker.pk, **wanted, **TODAY)["list"]

    with ThreadPoolExecutor(2) as pool:
        by_tracker = dict(pool.map(listed, (fleet.van, fleet.idle)))
    assert [len(tracks) for tracks in by_tracker.values()] == [2, 0]


def test_a_laravel_service_takes_the_last_value_of_a_day(ask: Callable[..., Any], fleet: Fleet) -> None:
    period = {"from": f"{DAY}T00:00:00", "to": f"{DAY}T23:59:59"}
    last = ask("/v2/tracker/counter/data/read", tracker_id=fleet.van.pk, type="odometer", **period)["list"][-1]
    shown = ask("/v2/tracker/counter/value/list", trackers=[fleet.van.pk], type="odometer")["value"]
    assert (last["value"], last["update_time"][:10]) == (shown[str(fleet.van.pk)], DAY)


def test_a_laravel_service_reads_raw_data_as_text(http: httpx.Client, fleet: Fleet) -> None:
    asked = {
        "hash": fleet.credential,
        "tracker_id": str(fleet.van.pk),
        "from": f"{DAY}T00:00:00.000Z",
        "to": f"{DAY}T23:59:59.000Z",
        "columns": ["lat", "lng", "speed", "inputs.hw_mileage", "discrete_inputs.*"],
    }
    answer = http.post("/dwh/v1/tracker/raw_data/read", json=asked, headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (len(rows), list(rows[0])) == (30, ["msg_time", "lat", "lng", "speed", "inputs.hw_mileage"])
    named = http.post("/dwh/v1/tracker/raw_data/get_inputs", content=json.dumps(asked))
    assert named.json()["success"] is True
