"""What known programs send and read of records and reports (records §2 to §9)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from accounts.models import User
from records.services.reports.making import make_next
from tests.end_to_end.plain_client import PATIENCE_S, log_in, report
from tests.end_to_end.servers import Daphne
from trackers.models import Tracker

PLAIN_DATE = "%Y-%m-%d %H:%M:%S"
WHOLE_WEEK = {"from": "00:00", "to": "23:59", "weekdays": [1, 2, 3, 4, 5, 6, 7]}
NEW_DRIVER = {
    "id": None,
    "files": [],
    "first_name": "Ada",
    "middle_name": "",
    "last_name": "Byron",
    "email": "",
    "phone": "",
    "driver_license_number": "",
    "driver_license_cats": "",
    "driver_license_issue_date": None,
    "driver_license_valid_till": None,
    "hardware_key": "AB8DEF",
    "ssn": "",
    "personnel_number": "",
    "location": None,
    "tags": [],
    "fields": {},
}


@dataclass(frozen=True)
class Fleet:
    """Alice's van, and who asks for it."""

    http: httpx.Client
    credential: str
    van: Tracker
    server: Daphne

    def ask(self, path: str, **parameters: Any) -> dict[str, Any]:
        """By JSON; fails where the program would."""
        answer = self.http.post(f"/v2/{path}", json={"hash": self.credential, **parameters})
        document: dict[str, Any] = answer.raise_for_status().json()
        assert document["success"] is True
        return document

    def make_reports(self) -> None:
        while make_next(timezone.now()):
            pass


@pytest.fixture
def fleet(server: Daphne, alice: User, register: Callable[..., Tracker]) -> Iterator[Fleet]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S, follow_redirects=False) as http:
        yield Fleet(http, log_in(server, alice.login), register(alice), server)


def drive(fleet: Fleet, minutes: int = 12) -> None:
    """A kilometre a minute, until now, with the ignition on."""
    begin = int(time.time()) - minutes * 60
    for minute in range(minutes):
        fix = {"lat": 0.5, "lon": minute / 111.19, "speed": 32.4, "ignition": "true"}
        assert report(fleet.server, fleet.van.source.device_id, begin + minute * 60, **fix) == 200


def day() -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "from": (now - timedelta(hours=12)).strftime(PLAIN_DATE),
        "to": (now + timedelta(hours=1)).strftime(PLAIN_DATE),
    }


@pytest.mark.records(1, 12)
def test_binder_makes_and_assigns_drivers_by_key(fleet: Fleet) -> None:
    fleet.ask("employee/create", employee=NEW_DRIVER, force_reassign=True)
    by_key = {driver["hardware_key"]: driver for driver in fleet.ask("employee/list")["list"]}
    driver = by_key["AB8DEF"]
    assert (driver["first_name"], driver["last_name"]) == ("Ada", "Byron")
    assignment = {"tracker_id": fleet.van.pk, "new_employee_id": driver["id"]}
    fleet.ask("tracker/employee/assign", **assignment)
    again = fleet.http.post("/v2/tracker/employee/assign", json={"hash": fleet.credential, **assignment})
    assert (again.status_code, again.json()["status"]["code"]) == (400, 263)
    fleet.ask("tracker/employee/assign", tracker_id=fleet.van.pk, new_employee_id=None)


@pytest.mark.records(1, 15)
def test_notebook_flattens_employees_and_vehicles(fleet: Fleet) -> None:
    fleet.ask("employee/create", employee=NEW_DRIVER)
    fleet.ask("vehicle/create", vehicle={"label": "Van", "tracker_id": fleet.van.pk})
    for resource in ("employee", "vehicle"):
        (item,) = fleet.ask(f"{resource}/list")["list"]
        assert {"id", "tracker_id", "tags"} <= item.keys()


@pytest.mark.records(2, 15)
def test_dashboard_maps_vehicles_by_tracker_and_edits(fleet: Fleet) -> None:
    sent = {"label": "Van", "tracker_id": fleet.van.pk, "reg_number": "B-FS 1", "vin": "TMB", "fuel_type": "diesel"}
    vehicle_id = fleet.ask("vehicle/create", vehicle=sent)["id"]
    by_tracker = {one["tracker_id"]: one for one in fleet.ask("vehicle/list")["list"] if one.get("tracker_id")}
    known = by_tracker[fleet.van.pk]
    assert (known["reg_number"], known["fuel_type"], known.get("avatar_file_name")) == ("B-FS 1", "diesel", None)
    whole = fleet.ask("vehicle/read", vehicle_id=vehicle_id)["value"]
    fleet.ask("vehicle/update", vehicle={**whole, "liability_insurance_valid_till": "2030-01-01"})
    assert fleet.ask("vehicle/read", vehicle_id=vehicle_id)["value"] == {
        **whole,
        "liability_insurance_valid_till": "2030-01-01",
    }


@pytest.mark.records(20, 24)
def test_app_reads_what_is_due_by_get(fleet: Fleet) -> None:
    vehicle = fleet.ask("vehicle/create", vehicle={"label": "Van", "tracker_id": fleet.van.pk})["id"]
    work = {
        "vehicle_id": vehicle,
        "comment": "",
        "conditions": {"date": {"end": "2020-12-10 23:59:59", "notification_interval": 3}},
        "cost": 100,
        "description": "service1",
        "file_ids": [],
        "notifications": {"sms_phones": [], "emails": [], "push_enabled": True},
        "repeat": False,
        "unplanned": False,
    }
    fleet.ask("vehicle/service_task/create", task=work)
    (item,) = fleet.http.get(f"/v2/vehicle/service_task/list?hash={fleet.credential}").json()["list"]
    assert (item["vehicle_label"], item["status"], item["cost"]) == ("Van", "expired", 100)
    assert item["conditions"]["date"]["end"] == "2020-12-10 23:59:59"
    assert item["prediction"]["wear_percentage"] == 100


@pytest.mark.records(32, 33)
def test_dock_page_hands_a_route_to_another(fleet: Fleet, alice: User, register: Callable[..., Tracker]) -> None:
    other = register(alice)
    times = {"from": "2099-01-01 00:00:00", "to": "2099-01-02 00:00:00"}
    stop = {"label": "Dock", "location": {"lat": 47.5, "lng": 19.04, "radius": 100}, **times}
    fleet.ask("task/route/create", route={"label": "To dock 7", "tracker_id": fleet.van.pk}, checkpoints=[stop])
    wanted = {"trackers": [fleet.van.pk], "from": datetime.now(UTC).strftime(PLAIN_DATE), "statuses": ["assigned"]}
    (found,) = (one for one in fleet.ask("task/route/list", **wanted)["list"] if "7" in one["label"])
    body = {"route_id": found["id"], "tracker_id": other.pk}
    assert fleet.http.post(f"/v2/task/route/assign?hash={fleet.credential}", json=body).json() == {"success": True}
    assert fleet.ask("task/route/list", **wanted)["list"] == []


@pytest.mark.records(31, 32)
def test_board_reads_checkpoints_of_listed_routes(fleet: Fleet) -> None:
    now = datetime.now(UTC)
    times = {"from": now.strftime(PLAIN_DATE), "to": (now + timedelta(hours=1)).strftime(PLAIN_DATE)}
    stop = {"label": "Dock", "location": {"lat": 47.5, "lng": 19.04, "address": "Dock 7", "radius": 100}, **times}
    fleet.ask("task/route/create", route={"label": "Round", "tracker_id": fleet.van.pk}, checkpoints=[stop, stop])
    (item,) = fleet.ask("task/list", types=["route"], **day())["list"]
    assert (item["tracker_id"], item["status"], item["label"]) == (fleet.van.pk, "assigned", "Round")
    for checkpoint in item["checkpoints"]:
        assert checkpoint["location"]["address"] == "Dock 7"
        assert (checkpoint["status"], checkpoint["arrival_date"]) == ("assigned", None)


def form(fleet: Fleet, path: str, **parameters: Any) -> httpx.Response:
    fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return fleet.http.post(f"/api-v2/{path}", data={"hash": fleet.credential, **fields})


@pytest.mark.records(35, 36, 40)
def test_poller_waits_for_speeding_by_forms(fleet: Fleet) -> None:
    drive(fleet)
    plugin = {"hide_empty_tabs": True, "plugin_id": 27, "show_seconds": True, "min_duration_minutes": 1}
    plugin |= {"max_speed": 50, "group_by_driver": False, "filter": True}
    wanted = {"title": "Velocidad", "trackers": f"[{fleet.van.pk}]", "time_filter": WHOLE_WEEK, "plugin": plugin}
    report_id = form(fleet, "report/tracker/generate", **wanted, **day()).json()["id"]
    waiting = form(fleet, "report/tracker/retrieve", report_id=report_id)
    assert (waiting.status_code, "report" in waiting.json()) == (404, False)
    fleet.make_reports()
    (sheet,) = form(fleet, "report/tracker/retrieve", report_id=report_id).json()["report"]["sheets"]
    assert (sheet["header"], sheet["entity_ids"][0]) == (fleet.van.label, fleet.van.pk)
    for event in sheet["sections"][1]["data"][0]["rows"]:
        assert float(event["max_speed"]["v"]) == 60
        assert event["duration"]["v"] and event["start_time"]["v"]
        assert event["max_speed_address"]["location"]["lat"] == 0.5
        assert isinstance(event["max_speed_address"]["v"], str)


@pytest.mark.records(39)
def test_poller_reads_idling_by_place(fleet: Fleet) -> None:
    drive(fleet)
    plugin = {"hide_empty_tabs": True, "plugin_id": 7, "show_seconds": False, "show_detailed": False, "filter": True}
    wanted = {"title": "Horas", "trackers": [fleet.van.pk], "time_filter": WHOLE_WEEK, "plugin": plugin}
    report_id = form(fleet, "report/tracker/generate", **wanted, **day()).json()["id"]
    fleet.make_reports()
    sheets = form(fleet, "report/tracker/retrieve", report_id=report_id).json()["report"]["sheets"]
    first = sheets[1]["sections"][3]["data"][0]["rows"][0]
    assert all(":" in first[field]["v"] for field in ("duration", "in_movement", "idle"))


@pytest.mark.records(35, 37, 46)
def test_dashboard_follows_status_and_deletes(fleet: Fleet) -> None:
    drive(fleet)
    wanted = {"title": "Trips", "geocoder": "google", "plugin": {"plugin_id": 4}, "trackers": [fleet.van.pk]}
    report_id = fleet.ask("report/tracker/generate", time_filter=WHOLE_WEEK, **wanted, **day())["id"]
    assert fleet.ask("report/tracker/status", report_id=report_id)["percent_ready"] == 0
    fleet.make_reports()
    assert fleet.ask("report/tracker/status", report_id=report_id)["percent_ready"] == 100
    made = fleet.ask("report/tracker/retrieve", report_id=report_id)["report"]
    (track,) = fleet.ask("track/list", tracker_id=fleet.van.pk, **day())["list"]
    row = made["sheets"][0]["sections"][0]["data"][0]["rows"][0]
    assert row["length"]["raw"] == track["length"]
    fleet.ask("report/tracker/delete", report_id=report_id)
    assert fleet.ask("report/tracker/list")["list"] == []


@pytest.mark.records(1, 11, 19, 27, 34)
def test_service_class_lists_whatever_there_is(fleet: Fleet) -> None:
    for resource in ("vehicle", "garage", "department", "employee", "tag", "place", "tariff"):
        assert fleet.ask(f"{resource}/list")["list"] == []
