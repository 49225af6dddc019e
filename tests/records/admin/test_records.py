"""Records in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import models
from django.utils import timezone

from accounts.models import User
from records.models import (
    Department,
    Employee,
    Garage,
    Place,
    Report,
    ReportLetter,
    ReportSchedule,
    ServiceTask,
    Tag,
    Task,
    Vehicle,
)
from tests.admin import Admin
from tests.api import Api
from trackers.models import Tracker

KINDS: list[type[models.Model]] = [
    Department,
    Employee,
    Garage,
    Vehicle,
    ServiceTask,
    Place,
    Tag,
    Task,
    Report,
    ReportSchedule,
]


@pytest.fixture
def rows(alice: User, van: Tracker) -> None:
    """One of each kind."""
    now = timezone.now()
    department = Department.objects.create(account=alice, label="Office")
    Employee.objects.create(account=alice, first_name="Ada", tracker=van, department=department)
    garage = Garage.objects.create(account=alice, organization_name="Fleet Systems")
    vehicle = Vehicle.objects.create(account=alice, label="Van", tracker=van, garage=garage)
    ServiceTask.objects.create(account=alice, vehicle=vehicle, description="Oil", conditions={})
    Place.objects.create(account=alice, label="Shop", latitude=1, longitude=1, radius_m=100)
    Tag.objects.create(account=alice, name="north")
    Task.objects.create(account=alice, label="Parcels", begins_at=now, ends_at=now + timedelta(hours=1))
    period = {"since": now - timedelta(days=1), "until": now}
    told = {"time_zone": "UTC", "tracker_ids": [van.pk], "time_filter": {}, "plugin": {"plugin_id": 4}}
    report = Report.objects.create(account=alice, user=alice, title="Trips", **period, **told)
    ReportLetter.objects.create(report=report, address="office@fleet.example", format="csv")
    parameters = {"report": {"title": "Trips"}}
    ReportSchedule.objects.create(account=alice, user=alice, is_enabled=True, parameters=parameters)


@pytest.mark.parametrize("model", KINDS)
def test_every_page_opens(staff: Admin, rows: None, model: type[models.Model]) -> None:
    opened = list(staff.open_everything(model))
    assert len(opened) > 7
    assert [(address, status) for address, status in opened if status != 200] == []


@pytest.mark.parametrize("page", ["department", "employee", "garage", "vehicle", "place", "tag"])
def test_forms_for_new_rows_open(staff: Admin, page: str) -> None:
    assert staff.open(f"records_{page}_add").status_code == 200


def test_a_vehicle_made_by_the_staff_is_listed(staff: Admin, api: Api, alice: User, van: Tracker) -> None:
    staff.change("records_vehicle_add", account=alice.pk, label="Van", type="car", tracker=van.pk, reg_number="B 1")
    (listed,) = api("vehicle/list")["list"]
    assert (listed["label"], listed["tracker_id"], listed["reg_number"]) == ("Van", van.pk, "B 1")


def test_what_is_another_accounts_is_refused(staff: Admin, charlie: User, van: Tracker) -> None:
    errors = staff.refuse("records_vehicle_add", account=charlie.pk, label="Van", type="car", tracker=van.pk)
    assert errors == {"tracker": ["belongs to another account"]}


@pytest.mark.parametrize("way", ["page", "list"])
def test_a_record_is_removed(staff: Admin, rows: None, way: str) -> None:
    staff.remove("records_vehicle", way, Vehicle.objects.get())
    assert not Vehicle.objects.exists()
    assert not ServiceTask.objects.exists()
