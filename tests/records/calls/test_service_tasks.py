"""`vehicle/service_task/*`: when work on vehicles is due (records §4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from records.models import ServiceTask
from tests.api import Api
from trackers.engine.counters import CounterType
from trackers.models import Tracker
from trackers.services.settings import set_counter_value

NOWHERE = 2**31 - 1
BY_MILEAGE = {"mileage": {"limit": 100, "notification_interval": 10, "repeat_interval": 42}}


def in_days(days: float) -> str:
    return (timezone.now() + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture
def vehicle(api: Api, van: Tracker) -> int:
    set_counter_value(van.source, CounterType.ODOMETER, 1230)
    found: int = api("vehicle/create", vehicle={"label": "Service car", "tracker_id": van.pk})["id"]
    return found


def create(api: Api, vehicle: int, conditions: dict[str, Any], **more: Any) -> int:
    task = {"vehicle_id": vehicle, "description": "Oil", "conditions": conditions, **more}
    found: int = api("vehicle/service_task/create", task=task)["id"]
    return found


def read(api: Api, task: int, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = api("vehicle/service_task/read", task_id=task, **more)["value"]
    return found


@pytest.mark.records(20)
def test_work_begins_with_what_is_counted(api: Api, vehicle: int) -> None:
    notifications = {"sms_phones": ["79221234567"], "emails": ["email@domain.tld"], "push_enabled": True}
    sent = {"cost": 100.5, "comment": "again", "repeat": True, "notifications": notifications}
    task = read(api, create(api, vehicle, BY_MILEAGE, **sent))
    assert {name: task[name] for name in sent} == sent
    assert (task["start"]["mileage"], task["status"], task["conditions"]) == (1230, "created", BY_MILEAGE)
    assert (task["vehicle_label"], task["completion"], task["file_ids"]) == ("Service car", None, [])


@pytest.mark.records(21)
@pytest.mark.parametrize(
    ("kilometres", "status", "percent"), [(89, "created", 89), (90, "notified", 90), (100, "expired", 100)]
)
def test_work_is_due_by_kilometres(
    api: Api, vehicle: int, van: Tracker, kilometres: int, status: str, percent: int
) -> None:
    task = create(api, vehicle, BY_MILEAGE)
    set_counter_value(van.source, CounterType.ODOMETER, 1230 + kilometres)
    found = read(api, task)
    assert (found["status"], found["prediction"]["wear_percentage"]) == (status, percent)
    assert found["current_position"]["mileage"] == 1230 + kilometres


@pytest.mark.records(21)
@pytest.mark.parametrize(("days", "status"), [(9, "created"), (2, "notified"), (-1, "expired")])
def test_work_is_due_by_date(api: Api, vehicle: int, days: int, status: str) -> None:
    task = create(api, vehicle, {"date": {"end": in_days(days), "notification_interval": 3}})
    assert read(api, task)["status"] == status


@pytest.mark.records(21)
def test_work_is_due_by_engine_hours(api: Api, vehicle: int, van: Tracker) -> None:
    by_hours = {"engine_hours": {"limit": 50, "notification_interval": 5}}
    assert (
        api.code(
            "vehicle/service_task/create", task={"vehicle_id": vehicle, "description": "Oil", "conditions": by_hours}
        )
        == 214
    )
    set_counter_value(van.source, CounterType.ENGINE_HOURS, 10)
    task = create(api, vehicle, by_hours)
    set_counter_value(van.source, CounterType.ENGINE_HOURS, 61)
    assert read(api, task)["status"] == "expired"


@pytest.mark.records(22)
def test_repeated_work_begins_anew_when_done(api: Api, vehicle: int, van: Tracker) -> None:
    conditions = {**BY_MILEAGE, "date": {"end": in_days(9), "notification_interval": 3, "repeat_interval": 30}}
    task = create(api, vehicle, conditions, repeat=True, comment="again")
    set_counter_value(van.source, CounterType.ODOMETER, 1400)
    for _ in range(2):
        api("vehicle/service_task/set_status", task_id=task, status="done")
    done, following = api("vehicle/service_task/list", sort=["id=asc"])["list"]
    assert (done["status"], done["completion"]["mileage"]) == ("done", 1400)
    assert done["completion_date"] is not None
    assert (following["status"], following["start"]["mileage"], following["comment"]) == ("created", 1400, "again")
    assert following["conditions"]["mileage"]["limit"] == 42
    end = datetime.fromisoformat(following["conditions"]["date"]["end"])
    assert timedelta(days=29) < end - timezone.now().replace(tzinfo=None) < timedelta(days=31)


@pytest.mark.records(23)
def test_work_to_be_done_holds_the_tracker(api: Api, vehicle: int) -> None:
    task = create(api, vehicle, BY_MILEAGE)
    without = {"id": vehicle, "label": "Service car", "tracker_id": None}
    assert api.code("vehicle/update", vehicle=without) == 261
    api("vehicle/service_task/set_status", task_id=task, status="done")
    api("vehicle/update", vehicle=without)
    assert read(api, task)["current_position"]["mileage"] is None


@pytest.mark.records(24)
def test_work_is_listed_as_it_is_wanted(api: Api, vehicle: int) -> None:
    other = api("vehicle/create", vehicle={"label": "Other"})["id"]
    first = create(api, vehicle, BY_MILEAGE, unplanned=True)
    late = create(api, other, {"date": {"end": in_days(-1)}}, description="Brakes")

    def ids(**parameters: Any) -> list[int]:
        return [one["id"] for one in api("vehicle/service_task/list", **parameters)["list"]]

    assert ids(sort=["vehicle=asc"]) == [late, first]
    assert (ids(only_unplanned=True), ids(vehicle_ids=[other])) == ([first], [late])
    assert (ids(statuses=["expired"]), ids(filter="BRAKE"), ids(limit=1, offset=1)) == ([late], [late], [late])
    assert "prediction" not in api("vehicle/service_task/list", return_prediction=False)["list"][0]
    assert api.code("vehicle/service_task/list", conditions=[{"type": "number"}]) == 7


@pytest.mark.records(20)
@pytest.mark.parametrize(
    "wrong",
    [
        {"conditions": {}},
        {"conditions": {"mileage": {"limit": 0}}},
        {"conditions": {"date": {"end": "soon"}}},
        {"description": ""},
        {"description": "x" * 256},
        {"comment": "x" * 256},
        {"cost": -1},
    ],
)
def test_work_that_cannot_be_is_refused(api: Api, vehicle: int, wrong: dict[str, Any]) -> None:
    task = {"vehicle_id": vehicle, "description": "Oil", "conditions": BY_MILEAGE, **wrong}
    assert api.code("vehicle/service_task/create", task=task) == 7


@pytest.mark.records(4, 20)
def test_work_on_what_is_not_there_is_not_found(api: Api, vehicle: int) -> None:
    task = {"vehicle_id": NOWHERE, "description": "Oil", "conditions": BY_MILEAGE}
    assert api.code("vehicle/service_task/create", task=task) == 201
    other = api("vehicle/create", vehicle={"label": "Without a tracker"})["id"]
    assert api.code("vehicle/service_task/create", task={**task, "vehicle_id": other}) == 201
    assert api.code("vehicle/service_task/read", task_id=NOWHERE) == 204
    assert api.code("vehicle/service_task/set_status", task_id=NOWHERE, status="done") == 204
    assert api.code("vehicle/service_task/update", task={**task, "id": NOWHERE}) == 204


@pytest.mark.records(20)
def test_changed_work_keeps_its_begin(api: Api, vehicle: int, van: Tracker) -> None:
    task = create(api, vehicle, BY_MILEAGE)
    set_counter_value(van.source, CounterType.ODOMETER, 1300)
    changed = {"id": task, "vehicle_id": vehicle, "description": "Tyres", "conditions": {"mileage": {"limit": 500}}}
    api("vehicle/service_task/update", task=changed)
    found = read(api, task)
    assert (found["description"], found["start"]["mileage"], found["status"]) == ("Tyres", 1230, "created")


@pytest.mark.records(18)
def test_work_goes_one_by_one_and_with_its_vehicle(api: Api, vehicle: int) -> None:
    first, *others = [create(api, vehicle, BY_MILEAGE) for _ in range(4)]
    api("vehicle/service_task/delete", task_id=first)
    api("vehicle/service_task/delete", task_ids=[first, *others[:2]])
    assert [one.pk for one in ServiceTask.objects.all()] == [others[2]]
    api("vehicle/delete", vehicle_id=vehicle)
    assert not ServiceTask.objects.exists()
