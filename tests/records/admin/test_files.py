"""Records that the staff brings in by files, and takes out."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.admin import lines
from accounts.models import User
from records.models import Department, Employee, Garage, Place, ServiceTask, Tag, Task, Vehicle
from tests.admin import Admin
from tests.api import Api
from tests.files import Files, csv_of, told
from trackers.models import Tracker

ALICE = "alice@fleet.example"
PAGES = ["department", "employee", "garage", "vehicle", "servicetask", "place", "tag"]


@pytest.fixture
def employees(staff: Admin, alice: User) -> Files:
    return Files(staff, "records_employee")


@pytest.fixture
def vehicles(staff: Admin, alice: User) -> Files:
    return Files(staff, "records_vehicle")


def test_imported_driver_is_read_by_programs(employees: Files, api: Api, alice: User, van: Tracker) -> None:
    Department.objects.create(account=alice, label="Office")
    Tag.objects.create(account=alice, name="north, cold")
    brought = employees.bring(
        "Account;First_name;tracker;department;driver_license_valid_till;location.lat;location.lng;tags",
        f'{ALICE};Ada;{van.source.device_id};office;31.12.2030;47,5;19,04;"""north, cold"""',
    )
    assert brought == {"new": 1}
    (listed,) = api("employee/list")["list"]
    assert (listed["first_name"], listed["tracker_id"], len(listed["tags"])) == ("Ada", van.pk, 1)
    assert (listed["driver_license_valid_till"], listed["location"]["lat"]) == ("2030-12-31", 47.5)
    assert api("tracker/employee/read", tracker_id=van.pk)["last_change"]["new_employee_id"] == listed["id"]


def test_preview_stores_nothing(employees: Files) -> None:
    preview = employees.preview(csv_of("account,first_name", f"{ALICE},Ada"))
    assert "1 new, 0 changed, 0 as they are, 0 refused" in preview.content.decode()
    assert (Employee.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_file_that_is_imported_twice_changes_nothing(employees: Files) -> None:
    file = ("account,first_name,phone", f"{ALICE},Ada,4915112345", f"{ALICE},Ada,4915112345", f"{ALICE},Bea,")
    assert employees.bring(*file) == {"new": 2, "skip": 1}
    assert employees.bring(*file) == {"skip": 3}


def test_absent_columns_stay_and_empty_cells_clear(employees: Files, alice: User) -> None:
    ada = Employee.objects.create(account=alice, first_name="Ada", last_name="Byron", phone="4915112345", ssn="1")
    assert employees.bring("id,account,phone", f"{ada.pk},{ALICE},") == {"update": 1}
    ada.refresh_from_db()
    assert (ada.last_name, ada.phone, ada.ssn) == ("Byron", "", "1")


def test_one_bad_line_stops_the_whole_file(employees: Files) -> None:
    refused = employees.refuse(
        "account,first_name,email,location.lat,location.lng,tracker",
        f"{ALICE},Ada,,,,",
        "",
        f"{ALICE},,no address,,,",
        "nobody,Bea,,,,",
        f"{ALICE},Cay,,91,x,none",
    )
    assert refused == [
        (4, "first_name", "must not be empty"),
        (5, "account", "must be the login of an account"),
        (6, "tracker", "there is none called none"),
    ]
    assert not Employee.objects.exists()


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("id", "999", "the account has none with this id; empty: a new one"),
        ("id", "x", "the account has none with this id; empty: a new one"),
        ("max_speed", "fast", "must be an integer"),
        ("max_speed", "1,5", "must be an integer"),
        ("payload_width", "1.234,5", "must be a number"),
        ("liability_insurance_valid_till", "31/12/2030", "must be a date as 2024-05-02"),
        ("type", "boat", "must be one of: car, truck, bus, special"),
        ("subtype", "tipper", "must be one of: sedan"),
        ("tags", '"never closed', "must be words with commas between them"),
        ("label", "a\u202eb", "must"),
        ("label", "x" * 256, "must"),
    ],
)
def test_bad_cells_are_told_by_column(vehicles: Files, column: str, cell: str, why: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    header = "account,label" if column == "label" else f"account,label,{column}"
    line = f"{ALICE},{quoted}" if column == "label" else f"{ALICE},Van,{quoted}"
    ((line_number, name, told_why),) = vehicles.refuse(header, line)
    assert (line_number, name) == (2, column)
    assert told_why.startswith(why)


def test_unknown_columns_are_refused(vehicles: Files) -> None:
    ((_, _, why),) = vehicles.refuse("account,label,plat", f"{ALICE},Van,B-FS 1")
    assert why.startswith("no column is called plat: they are id, account, tracker, label")


def test_trackers_are_not_taken_from_others(vehicles: Files, alice: User, charlie: User, van: Tracker) -> None:
    Vehicle.objects.create(account=alice, label="First", tracker=van)
    device_id = van.source.device_id
    refused = vehicles.refuse(
        "account,label,tracker", f"{ALICE},Second,{device_id}", f"{charlie.login},Third,{device_id}"
    )
    assert refused == [(2, "", "Entity already exists"), (3, "tracker", f"there is none called {device_id}")]


def test_other_accounts_records_are_not_changed(vehicles: Files, alice: User, charlie: User) -> None:
    theirs = Vehicle.objects.create(account=charlie, label="Theirs")
    assert vehicles.refuse("id,account,label", f"{theirs.pk},{ALICE},Mine")[0][1] == "id"


def test_a_name_that_several_have_is_refused(employees: Files, alice: User) -> None:
    for _ in range(2):
        Department.objects.create(account=alice, label="Office")
    ((_, _, why),) = employees.refuse("account,first_name,department", f"{ALICE},Ada,Office")
    assert why == "2 of them are called Office"


def test_change_after_the_preview_is_looked_at(employees: Files, alice: User, van: Tracker) -> None:
    preview = employees.preview(
        csv_of("account,first_name,tracker", f"{ALICE},Ada,", f"{ALICE},Bea,{van.source.device_id}")
    )
    Employee.objects.create(account=alice, first_name="Eve", tracker=van)
    answer = employees.confirm(preview)
    assert "Nothing was imported." in answer.content.decode()
    assert told(answer) == [(3, "", "Entity already exists")]
    assert Employee.objects.count() == 1


def test_preview_that_was_tampered_with_is_refused(employees: Files, staff: Admin) -> None:
    preview = employees.preview(csv_of("account,first_name", f"{ALICE},Ada"))
    fields = dict(preview.context["confirm_form"].initial)
    fields["import_file_name"] = "x" + fields["import_file_name"]
    answer = staff.send("records_employee_process_import", **fields)
    assert "The preview is too old" in answer.content.decode()
    assert not Employee.objects.exists()


def test_what_is_imported_stands_in_the_history(employees: Files, alice: User) -> None:
    ada = Employee.objects.create(account=alice, first_name="Ada")
    employees.bring("id,account,first_name", f"{ada.pk},{ALICE},Ida", f",{ALICE},Bea")
    told_of = sorted(LogEntry.objects.values_list("object_repr", "change_message"))
    assert [(name.strip("\u2068\u2069"), message) for name, message in told_of] == [
        ("Bea", "Added by an import of 2 rows."),
        ("Ida", "Changed by an import of 2 rows."),
    ]


@pytest.mark.parametrize("number", ["0", "1"])
def test_export_can_be_imported_as_it_is(staff: Admin, alice: User, van: Tracker, number: str) -> None:
    department = Department.objects.create(account=alice, label="=1+1", latitude=-1.5, longitude=2, radius_m=5)
    tag = Tag.objects.create(account=alice, name="a, b")
    employee = Employee.objects.create(account=alice, first_name="@Ada", tracker=van, department=department, phone="49")
    employee.tags.add(tag)
    garage = Garage.objects.create(account=alice, organization_name="Fő", latitude=1, longitude=2, radius_m=50)
    vehicle = Vehicle.objects.create(
        account=alice, label="Van", tracker=van, garage=garage, reg_number="B-FS 1", fuel_cost=1.5
    )
    Place.objects.create(account=alice, label="Shop", latitude=1, longitude=1, radius_m=100)
    conditions = {"date": {"end": "2030-01-01T00:00:00+00:00", "notification_interval": 3, "repeat_interval": None}}
    ServiceTask.objects.create(
        account=alice,
        vehicle=vehicle,
        description="Oil",
        conditions=conditions,
        start={"date": "2024-01-01T00:00:00+00:00"},
    )
    for page in PAGES:
        files = Files(staff, f"records_{page}")
        preview = files.preview(files.export(number), "file.xlsx" if number == "1" else "file.csv")
        assert preview.context["result"].totals["skip"] == 1, (page, told(preview))


def test_service_work_is_written_down_once(staff: Admin, alice: User) -> None:
    Vehicle.objects.create(account=alice, label="Van")
    work = Files(staff, "records_servicetask")
    file = ("account,vehicle,description,conditions.date.end,repeat", f"{ALICE},Van,Oil,2030-01-01 00:00:00,yes")
    assert (work.bring(*file), work.bring(*file)) == ({"new": 1}, {"skip": 1})
    assert work.refuse("account,vehicle,description", f"{ALICE},Van,Oil") == [(2, "conditions", "must not be empty")]


def test_formulas_of_strangers_are_exported_as_texts(staff: Admin, alice: User) -> None:
    Tag.objects.create(account=alice, name='=HYPERLINK("x")')
    assert b"\"'=HYPERLINK(" in Files(staff, "records_tag").export()


def test_exports_have_a_bound(staff: Admin, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_EXPORTED", 1)
    for name in ("north", "south"):
        Tag.objects.create(account=alice, name=name)
    assert "There are more than 1 rows" in Files(staff, "records_tag").export().decode()


def test_tasks_are_exported_and_not_imported(staff: Admin, alice: User) -> None:
    Task.objects.create(account=alice, label="Parcels")
    assert b"Parcels" in Files(staff, "records_task").export()
    assert staff.open("records_task_import").status_code == 403


@pytest.mark.parametrize(
    ("rights", "may_import", "may_export"),
    [(["view"], 403, 200), (["add"], 403, 403), (["change"], 403, 200), (["add", "change"], 200, 200)],
)
def test_only_who_may_edit_imports(alice: User, rights: list[str], may_import: int, may_export: int) -> None:
    clerk = User.objects.create_user("clerk@fleet.example", None, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=[f"{right}_tag" for right in rights]))
    client = Client()
    client.force_login(clerk)
    pages = {name: client.get(reverse(f"admin:records_tag_{name}")).status_code for name in ("import", "export")}
    assert pages == {"import": may_import, "export": may_export}
    assert client.post(reverse("admin:records_tag_process_import")).status_code == may_import


def test_files_that_are_too_large_are_refused(employees: Files) -> None:
    line = f"\n{ALICE},Ada"
    assert "is larger than 1 MB" in told(employees.preview(csv_of("a" * 1_000_001)))[0][2]
    assert employees.refuse("account,first_name" + line * 2001) == [
        (0, "", "there are more than 2000 rows: split the file")
    ]
    assert "no text" in told(employees.preview(b"PK\0\0"))[0][2]
