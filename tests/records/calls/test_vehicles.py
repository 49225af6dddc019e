"""`vehicle/*` and `garage/*` (records §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from records.models import Vehicle
from tests.api import Api
from trackers.models import Tracker
from trackers.services.access import move_tracker

NOWHERE = 2**31 - 1
KERAX = {
    "label": "AGV",
    "tracker_id": None,
    "max_speed": 90,
    "model": "Renault KERAX",
    "type": "truck",
    "subtype": "tractor",
    "garage_id": None,
    "trailer": "trailer1",
    "manufacture_year": 2001,
    "color": "white",
    "additional_info": "for the north",
    "reg_number": "A001AA96",
    "vin": "TMBJF25LXC6080000",
    "chassis_number": "",
    "frame_number": "",
    "payload_weight": 32000,
    "payload_height": 1.2,
    "payload_length": 1.0,
    "payload_width": 1.0,
    "passengers": 4,
    "gross_weight": None,
    "fuel_type": "petrol",
    "fuel_grade": "A-80",
    "norm_avg_fuel_consumption": 9.0,
    "fuel_tank_volume": 50,
    "fuel_cost": 100.3,
    "wheel_arrangement": "4x2",
    "tyre_size": "255/65 R16",
    "tyres_number": 4,
    "liability_insurance_policy_number": "12345",
    "liability_insurance_valid_till": "2030-10-15",
    "free_insurance_policy_number": "",
    "free_insurance_valid_till": None,
    "tags": [],
}


@pytest.mark.records(15)
def test_a_vehicle_is_read_as_it_was_sent(api: Api) -> None:
    vehicle = api("vehicle/create", vehicle={**KERAX, "icon_color": "1E96DC"})["id"]
    read = api("vehicle/read", vehicle_id=vehicle)["value"]
    assert read == {**KERAX, "id": vehicle, "icon_id": None, "avatar_file_name": None}
    listed = api("vehicle/list")
    assert (listed["list"], listed["count"]) == ([read], 1)


@pytest.mark.records(15)
def test_a_vehicle_shows_its_tracker_and_garage(api: Api, van: Tracker) -> None:
    garage = api("garage/create", garage={"organization_name": "Fleet Systems"})["id"]
    vehicle = api("vehicle/create", vehicle={"label": "Bus", "tracker_id": van.pk, "garage_id": garage})["id"]
    read = api("vehicle/read", vehicle_id=vehicle)["value"]
    assert (read["tracker_label"], read["garage_organization_name"]) == (van.label, "Fleet Systems")
    assert (read["type"], read["subtype"], read["fuel_type"]) == ("car", None, None)


@pytest.mark.records(16)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("label", value) for value in (None, "", "x" * 256)],
        *[("type", value) for value in ("boat", 1)],
        *[("subtype", value) for value in ("sedan", "raft")],
        *[("fuel_type", value) for value in ("coal",)],
        *[("max_speed", value) for value in (-1, 1_000_001, "fast")],
        *[("payload_height", value) for value in (-0.1, "tall")],
        ("manufacture_year", 1066),
        ("liability_insurance_valid_till", "soon"),
        *[(name, "x" * 33) for name in ("vin", "reg_number")],
    ],
)
def test_a_vehicle_that_cannot_be_is_refused(api: Api, field: str, value: Any) -> None:
    answer = api("vehicle/create", vehicle={**KERAX, field: value})
    assert answer["status"]["code"] == 7
    assert answer["errors"][0]["parameter"].startswith(f"vehicle.{field}")


@pytest.mark.records(17)
def test_a_tracker_is_taken_from_another_vehicle(api: Api, van: Tracker) -> None:
    first = api("vehicle/create", vehicle={"label": "First", "tracker_id": van.pk})["id"]
    second = {"label": "Second", "tracker_id": van.pk}
    assert api.code("vehicle/create", vehicle=second, force_reassign=False) == 247
    api("vehicle/create", vehicle=second)
    assert api("vehicle/read", vehicle_id=first)["value"]["tracker_id"] is None


@pytest.mark.records(18)
def test_vehicles_are_removed_one_or_several(api: Api) -> None:
    ids = [api("vehicle/create", vehicle={"label": f"Van {number}"})["id"] for number in range(4)]
    api("vehicle/delete", vehicle_id=ids[0])
    assert api.code("vehicle/delete", vehicle_id=ids[0]) == 201
    api("vehicle/delete", vehicle_ids=[ids[0], ids[1], ids[2], NOWHERE])
    assert [one["id"] for one in api("vehicle/list")["list"]] == [ids[3]]
    assert api.code("vehicle/delete") == 7
    assert api.code("vehicle/delete", vehicle_id=ids[3], vehicle_ids=[ids[3]]) == 7


@pytest.mark.records(8, 9)
def test_vehicles_are_sorted_and_searched(api: Api) -> None:
    for label, plate in (("Bus", "B 1"), ("Ant", "Z 9"), ("Cab", "B 2")):
        api("vehicle/create", vehicle={"label": label, "reg_number": plate})
    answer = api("vehicle/list", filter="b ", sort=["label=desc"], limit=1)
    assert ([one["label"] for one in answer["list"]], answer["count"]) == (["Cab"], 2)


@pytest.mark.records(13)
def test_a_tracker_that_moves_leaves_its_vehicle(api: Api, charlie: User, van: Tracker) -> None:
    api("vehicle/create", vehicle={"label": "Van", "tracker_id": van.pk})
    move_tracker(van, charlie)
    assert Vehicle.objects.get().tracker is None


@pytest.mark.records(5)
@pytest.mark.parametrize("call", ["vehicle/create", "vehicle/update", "vehicle/delete", "garage/create"])
def test_writing_needs_the_right(bobs: Api, call: str) -> None:
    assert bobs.code(call, vehicle={"label": "Van", "id": 1}, vehicle_id=1, garage={}) == 13


@pytest.mark.records(19)
def test_garages_come_and_go(api: Api) -> None:
    sent = {
        "location": {"lat": 40.4, "lng": -3.6, "address": "Calle Salitre, 58", "radius": 150},
        "mechanic_name": "Martinez",
        "dispatcher_name": None,
        "organization_name": "Bankia",
    }
    garage = api("garage/create", garage=sent)["id"]
    vehicle = api("vehicle/create", vehicle={"label": "Van", "garage_id": garage})["id"]
    assert api("garage/list")["list"] == [{**sent, "id": garage}]
    api("garage/update", garage={"id": garage, "organization_name": "Bank"})
    assert api("garage/list")["list"][0]["mechanic_name"] is None
    api("garage/delete", garage_id=garage)
    assert api("vehicle/read", vehicle_id=vehicle)["value"]["garage_id"] is None
    assert api.code("garage/update", garage={"id": garage}) == 201


@pytest.mark.records(4)
def test_what_is_not_the_accounts_is_not_there(api: Api, charlie: User, register: Callable[..., Tracker]) -> None:
    hers = register(charlie)
    assert api.code("vehicle/create", vehicle={"label": "Van", "tracker_id": hers.pk}) == 201
    assert api.code("vehicle/create", vehicle={"label": "Van", "garage_id": NOWHERE}) == 201
    assert api.code("vehicle/read", vehicle_id=NOWHERE) == 201
