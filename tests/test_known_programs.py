"""Known programs, call after call as each makes them, and what it reads of the answers.

Those whose requests are odd play against a real server, in `tests/end_to_end/test_known_*_clients.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from records.models import Address, Tag, Vehicle
from tests.api import Api
from tests.trackers.drives import DAY, drive, take_in
from trackers.engine.counters import CounterType
from trackers.models import Counter, Group, Tracker
from trackers.services.groups import assign_group
from trackers.services.settings import save_counter, set_counter_value

PLAIN = "%Y-%m-%d %H:%M:%S"


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    """It drove twice, ten days ago, is in a group, and has a vehicle with a plate."""
    found = register(alice)
    save_counter(Counter(source=found.source, counter_type=CounterType.ODOMETER))
    take_in(drive(found))
    set_counter_value(found.source, CounterType.ODOMETER, 1000)
    group = Group.objects.create(account=alice, title="North")
    assign_group(alice.pk, [found.pk], group)
    Vehicle.objects.create(account=alice, label="Van", reg_number="B-FS 1", vin="TMB", tracker=found)
    return found


def listed(api: Api, path: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = api(path, **parameters)
    assert answer["success"] is True, answer
    found: list[dict[str, Any]] = answer["list"]
    return found


def test_notebook_asks_each_tracker_for_every_reading(api: Api, van: Tracker) -> None:
    for tracker in listed(api, "tracker/list"):
        for path, items in (
            ("fuel", "inputs"),
            ("diagnostics", "inputs"),
            ("inputs", "states"),
            ("readings", "inputs"),
        ):
            answer = api(f"tracker/get_{path}", tracker_id=tracker["id"])
            assert isinstance(answer[items], list) and datetime.strptime(answer["user_time"], PLAIN)
        assert api("tracker/get_last_gps_point", tracker_id=tracker["id"])["value"]["lat"] == 0.5
    assert listed(api, "employee/list") == []


def test_soap_relay_joins_tags_vehicles_points_and_counters(api: Api, alice: User, van: Tracker) -> None:
    Tag.objects.create(account=alice, name="relay")
    assert next(tag["name"] for tag in listed(api, "tag/list", filter="relay")) == "relay"
    assert listed(api, "history/type/list", locale="Es-es")
    (vehicle,) = (one for one in listed(api, "vehicle/list") if one["label"] in ["Van"])
    (tracker,) = (one for one in listed(api, "tracker/list") if one["id"] == vehicle["tracker_id"])
    point = api("tracker/get_last_gps_point", tracker_id=tracker["id"])["value"]
    state = api("tracker/get_state", tracker_id=tracker["id"])["state"]
    assert {"alt", "heading", "speed"} <= state["gps"].keys() and "battery_level" in state
    counters = listed(api, "tracker/get_counters", tracker_id=tracker["id"])
    assert next(one["value"] for one in counters if one["type"] == "odometer") == 1000
    Address.objects.create(latitude=5000, longitude=round(point["lng"] * 10_000), language="en", value="Equator 1")
    asked = api("geocoder/search_location", location={"lat": point["lat"], "lng": point["lng"]})
    assert (asked.get("value"), asked.get("status", {}).get("code")) in [("Equator 1", None), (None, 210)]


def test_dashboard_fills_its_cards_from_ten_lists(api: Api, van: Tracker) -> None:
    assert api("user/get_info")["user_info"]["login"] == "alice@fleet.example"
    (group,) = listed(api, "tracker/group/list")
    (tracker,) = listed(api, "tracker/list")
    assert tracker["group_id"] == group["id"]
    assert listed(api, "tracker/sensor/list", tracker_id=van.pk) == []
    assert api("tracker/counter/value/list", trackers=[van.pk], type="odometer")["value"][str(van.pk)] == 1000
    mileage = api("tracker/stats/mileage/read", trackers=[van.pk], **DAY)["result"][str(van.pk)]
    tracks = listed(api, "track/list", tracker_id=van.pk, **DAY)
    driven = sum(track["length"] for track in tracks)
    assert sum(day["mileage"] for day in mileage.values()) == pytest.approx(driven, abs=0.02)
    assert listed(api, "garage/list") == listed(api, "employee/list") == listed(api, "report/tracker/list") == []


def test_service_class_reads_models_rules_zones_and_events(api: Api, van: Tracker) -> None:
    assert api("tracker/read", tracker_id=van.pk)["value"]["label"] == van.label
    assert api("tracker/get_states", trackers=[van.pk])["states"][str(van.pk)]["source_id"] == van.source_id
    assert {model["code"] for model in listed(api, "tracker/list_models")} >= {"osmand"}
    for path in ("tracker/rule/list", "zone/list", "department/list", "garage/list", "tag/list"):
        assert listed(api, path) == []
    assert listed(api, "history/tracker/list", trackers=[van.pk], **DAY) is not None


def test_scripted_dashboards_take_all_lists_at_once(api: Api, van: Tracker) -> None:
    for path in ("tracker/list", "employee/list", "tracker/rule/list", "tariff/list"):
        assert isinstance(listed(api, path), list)
    assert api("history/unread/count")["count"] == 0


def test_android_app_walks_from_a_vehicle_to_its_track(api: Api, van: Tracker) -> None:
    (item,) = listed(api, "vehicle/list")
    vehicle = api("vehicle/read", vehicle_id=item["id"])["value"]
    assert (vehicle["reg_number"], vehicle["tracker_id"]) == ("B-FS 1", van.pk)
    assert listed(api, "vehicle/service_task/list") == listed(api, "history/unread/list") == []
    assert api("tracker/get_last_gps_point", tracker_id=van.pk)["value"]["lng"] > 0
    assert all({"lat", "lng"} <= point.keys() for point in listed(api, "track/read", tracker_id=van.pk, **DAY))


def test_kilometre_program_finds_drivers_zones_and_tracks(api: Api, van: Tracker) -> None:
    assert listed(api, "employee/list") == listed(api, "zone/list") == []
    tracks = listed(api, "track/list", tracker_id=van.pk, **DAY)
    assert [track["length"] for track in tracks] == [4, 4]
    crossings = listed(api, "history/tracker/list", trackers=[van.pk], events=["inzone", "outzone"], **DAY)
    assert crossings == []


def test_planner_lists_routes_of_a_day(api: Api, van: Tracker) -> None:
    times = {"from": DAY["from"], "to": DAY["to"]}
    stop = {"label": "Dock", "location": {"lat": 1, "lng": 1, "address": "Dock 7", "radius": 100}, **times}
    api("task/route/create", route={"label": "Round", "tracker_id": van.pk}, checkpoints=[stop])
    (item,) = listed(api, "task/list", types=["route"], **DAY)
    (checkpoint,) = item["checkpoints"]
    assert {"tracker_id", "status", "label", "description", "origin", "arrival_date", "id"} <= checkpoint.keys()
    assert checkpoint["location"]["address"] == "Dock 7"
    body = {"pgk": "", "start": {"lat": 1, "lng": 1}, "end": {"lat": 2, "lng": 2}, "waypoints": [], "point_limit": 512}
    assert api.code("route/get", provider_type="osrm", **body) == 215  # there is no router; with one: test_routing.py
