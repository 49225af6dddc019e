"""`employee/*`, `department/*` and who drives what (records §2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from records.models import Department, DriverChange, Employee
from tests.api import Api
from trackers.models import Tracker
from trackers.services.access import move_tracker
from trackers.services.trackers import bind_sub_users, set_blocked

NOWHERE = 2**31 - 1
ADA = {
    "first_name": "Ada",
    "middle_name": "King",
    "last_name": "Byron",
    "email": "ada@fleet.example",
    "phone": "4915112345",
    "driver_license_number": "B07",
    "driver_license_cats": "B, C",
    "driver_license_issue_date": "2008-01-01",
    "driver_license_valid_till": None,
    "hardware_key": None,
    "department_id": None,
    "location": {"lat": 52.5, "lng": 13.4, "address": "Engeldamm 18"},
    "personnel_number": "1059236",
    "ssn": "123-45-6789",
    "tags": [],
    "icon_id": 55,
    "avatar_file_name": "ada.png",
}


def names(api: Api, **parameters: Any) -> list[str]:
    return [one["first_name"] for one in api("employee/list", **parameters)["list"]]


@pytest.fixture
def ada(api: Api) -> int:
    found: int = api("employee/create", employee=ADA)["id"]
    return found


@pytest.mark.records(1, 2, 7)
def test_an_employee_is_read_as_it_was_sent(api: Api, ada: int) -> None:
    read = api("employee/read", employee_id=ada)["value"]
    assert read == {**ADA, "id": ada, "tracker_id": None, "icon_id": None, "avatar_file_name": None}
    assert api("employee/list")["list"] == [read]


@pytest.mark.records(2)
def test_an_update_replaces_all_that_was_known(api: Api, ada: int) -> None:
    assert api("employee/update", employee={"id": ada, "first_name": "Augusta"}) == {"success": True}
    read = api("employee/read", employee_id=ada)["value"]
    assert (read["first_name"], read["last_name"], read["location"]) == ("Augusta", "", None)


@pytest.mark.records(3)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("first_name", value) for value in (None, "", " ", "x" * 101, "a\nb", [])],
        *[(name, "x" * 101) for name in ("middle_name", "last_name")],
        *[("email", value) for value in ("nobody", "a@b", f"{'x' * 90}@fleet.example")],
        *[(name, "x" * 33) for name in ("phone", "driver_license_number", "driver_license_cats", "ssn")],
        *[("driver_license_issue_date", value) for value in ("2008-02-30", "1.1.2008", 2008)],
        ("hardware_key", "x" * 65),
        ("personnel_number", "x" * 16),
        *[("location", value) for value in ({"lat": 91, "lng": 0}, {"lat": 1}, "home")],
        *[("tags", value) for value in ("one", ["a"], list(range(51)))],
    ],
)
def test_a_field_that_cannot_be_is_named(api: Api, field: str, value: Any) -> None:
    answer = api("employee/create", employee={**ADA, field: value})
    assert answer["status"]["code"] == 7
    assert answer["errors"][0]["parameter"].startswith(f"employee.{field}")


@pytest.mark.records(4)
@pytest.mark.parametrize("call", ["read", "delete"])
def test_an_unknown_employee_is_not_found(api: Api, charlie: User, call: str) -> None:
    hers = Employee.objects.create(account=charlie, first_name="Eve")
    assert [api.code(f"employee/{call}", employee_id=one) for one in (NOWHERE, hers.pk)] == [201, 201]
    assert api.code("employee/update", employee={**ADA, "id": hers.pk}) == 201
    assert Employee.objects.get().first_name == "Eve"


@pytest.mark.records(5)
@pytest.mark.parametrize("call", ["employee/create", "employee/update", "employee/delete", "department/create"])
def test_writing_needs_the_right(bobs: Api, call: str) -> None:
    parameters = {"employee": {**ADA, "id": 1}, "employee_id": 1, "department": {"label": "Drivers"}}
    assert bobs.code(call, **parameters) == 13


@pytest.mark.records(5)
def test_a_sub_user_with_the_right_writes(bobs: Api, api: Api, grant: Callable[..., None]) -> None:
    grant("employee_update")
    bobs("employee/create", employee=ADA)
    assert names(api) == ["Ada"]


@pytest.mark.records(6)
def test_a_sub_user_sees_no_driver_of_hidden_trackers(
    api: Api, bobs: Api, alice: User, bob: User, register: Callable[..., Tracker]
) -> None:
    seen, hidden = register(alice), register(alice)
    bind_sub_users(seen, [bob])
    for name, tracker_id in (("Ada", seen.pk), ("Eve", hidden.pk), ("Ida", None)):
        api("employee/create", employee={"first_name": name, "tracker_id": tracker_id})
    assert (names(api), names(bobs)) == (["Ada", "Eve", "Ida"], ["Ada", "Ida"])
    eve = Employee.objects.get(first_name="Eve").pk
    assert bobs.code("employee/read", employee_id=eve) == 201


@pytest.mark.records(8)
def test_a_list_is_sorted_cut_and_counted(api: Api) -> None:
    for first, last in (("Eve", "b"), ("Ada", "b"), ("ida", "a")):
        api("employee/create", employee={"first_name": first, "last_name": last, "phone": last})
    assert names(api, sort=["first_name=desc"]) == ["ida", "Eve", "Ada"]
    assert names(api, sort=["phone=asc", "first_name=asc"]) == ["ida", "Ada", "Eve"]
    answer = api("employee/list", sort=["id=asc"], limit=1, offset=1)
    assert ([one["first_name"] for one in answer["list"]], answer["count"]) == (["Ada"], 3)
    answer = api("employee/list", limit=1, offset=1)
    assert ([one["first_name"] for one in answer["list"]], answer["count"]) == (["Eve"], 3)


@pytest.mark.records(8)
@pytest.mark.parametrize(
    "wrong", [{"sort": ["age=asc"]}, {"sort": ["id"]}, {"sort": ["id=asc"] * 3}, {"limit": 0}, {"filter": "x" * 101}]
)
def test_a_list_that_cannot_be_made_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.code("employee/list", **wrong) == 7


@pytest.mark.records(9)
def test_a_filter_finds_text_in_any_case(api: Api, van: Tracker) -> None:
    office = api("department/create", department={"label": "Außendienst"})["id"]
    api("employee/create", employee={"first_name": "Ärne", "department_id": office})
    api("employee/create", employee={"first_name": "Eve", "tracker_id": van.pk})
    assert names(api, filter="äRN") == ["Ärne"]
    assert names(api, filter="AUSSEN") == ["Ärne"]
    assert names(api, filter=van.label.upper()) == ["Eve"]


@pytest.mark.records(10)
def test_a_tracker_has_one_driver(api: Api, ada: int, van: Tracker) -> None:
    api("employee/update", employee={"id": ada, "first_name": "Ada", "tracker_id": van.pk})
    assert api.code("employee/create", employee={"first_name": "Eve", "tracker_id": van.pk}) == 247
    api("employee/update", employee={"id": ada, "first_name": "Ada", "tracker_id": van.pk})


@pytest.mark.records(4, 10)
def test_what_an_employee_names_must_be_there(
    api: Api, alice: User, charlie: User, register: Callable[..., Tracker]
) -> None:
    hers, blocked = register(charlie), register(alice)
    set_blocked(blocked.source_id, is_blocked=True)
    department = Department.objects.create(account=charlie, label="Hers")
    codes = [
        api.code("employee/create", employee={"first_name": "Eve", **more})
        for more in (
            {"tracker_id": hers.pk},
            {"tracker_id": blocked.pk},
            {"department_id": department.pk},
            {"tags": [NOWHERE]},
        )
    ]
    assert codes == [201, 208, 201, 217]
    assert not Employee.objects.exists()


@pytest.mark.records(11)
def test_departments_come_and_go(api: Api, charlie: User) -> None:
    office = {"label": "Drivers", "location": {"lat": 46.9, "lng": 7.4, "address": "Rosenweg 3", "radius": 150}}
    department = api("department/create", department=office)["id"]
    employee = api("employee/create", employee={"first_name": "Ada", "department_id": department})["id"]
    assert api("department/list")["list"] == [{**office, "id": department}]
    api("department/update", department={"id": department, "label": "Pilots"})
    assert api("department/list")["list"] == [{"id": department, "label": "Pilots", "location": None}]
    api("department/delete", department_id=department)
    assert api("department/list")["list"] == []
    assert api("employee/read", employee_id=employee)["value"]["department_id"] is None
    assert api.code("department/delete", department_id=department) == 201


@pytest.mark.records(12)
def test_a_driver_is_assigned_and_let_go(api: Api, ada: int, van: Tracker) -> None:
    assert api("tracker/employee/read", tracker_id=van.pk) == {"success": True, "current": None, "last_change": None}
    api("tracker/employee/assign", tracker_id=van.pk, new_employee_id=ada)
    read = api("tracker/employee/read", tracker_id=van.pk)
    assert (read["current"]["id"], read["current"]["tracker_id"]) == (ada, van.pk)
    assert (read["last_change"]["new_employee_id"], read["last_change"]["origin"]) == (ada, "supervisor")
    assert api.code("tracker/employee/assign", tracker_id=van.pk, new_employee_id=ada) == 263
    api("tracker/employee/assign", tracker_id=van.pk, new_employee_id=None)
    read = api("tracker/employee/read", tracker_id=van.pk)
    assert (read["current"], read["last_change"]["new_employee_id"]) == (None, None)


@pytest.mark.records(12)
def test_a_driver_drives_one_tracker(api: Api, alice: User, ada: int, register: Callable[..., Tracker]) -> None:
    first, second = register(alice), register(alice)
    eve = api("employee/create", employee={"first_name": "Eve", "tracker_id": second.pk})["id"]
    api("tracker/employee/assign", tracker_id=first.pk, new_employee_id=ada)
    api("tracker/employee/assign", tracker_id=second.pk, new_employee_id=ada)
    drives = {one["id"]: one["tracker_id"] for one in api("employee/list")["list"]}
    assert drives == {ada: second.pk, eve: None}
    assert api("tracker/employee/read", tracker_id=first.pk)["last_change"]["new_employee_id"] is None
    assert DriverChange.objects.filter(tracker=second, employee=ada).count() == 1


@pytest.mark.records(12)
@pytest.mark.parametrize("wrong", [{"tracker_id": NOWHERE}, {"new_employee_id": NOWHERE}])
def test_nobody_is_assigned_who_is_not_there(api: Api, ada: int, van: Tracker, wrong: dict[str, int]) -> None:
    parameters = {"tracker_id": van.pk, "new_employee_id": ada, **wrong}
    assert api.code("tracker/employee/assign", **parameters) == 201


@pytest.mark.records(13)
def test_a_tracker_that_moves_leaves_its_driver(api: Api, ada: int, charlie: User, van: Tracker) -> None:
    api("tracker/employee/assign", tracker_id=van.pk, new_employee_id=ada)
    move_tracker(van, charlie)
    assert api("employee/read", employee_id=ada)["value"]["tracker_id"] is None
    hers = Api()
    hers.log_in(charlie.login)
    assert hers("tracker/employee/read", tracker_id=van.pk)["last_change"] is None


@pytest.mark.records(14)
def test_an_account_has_a_quota(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from records.services import keeping

    monkeypatch.setitem(keeping.QUOTAS, Department, 1)
    api("department/create", department={"label": "One"})
    assert api.code("department/create", department={"label": "Two"}) == 268
