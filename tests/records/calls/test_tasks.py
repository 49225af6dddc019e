"""`task/*` and `task/route/*` (records §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from records.models import Task
from tests.api import Api
from trackers.models import Tracker
from trackers.services.access import move_tracker
from trackers.services.trackers import set_blocked

NOWHERE = 2**31 - 1
PARCELS = {
    "label": "Deliver parcels",
    "description": "Quickly",
    "location": {"lat": 51.28, "lng": 7.3, "address": "Fichtenstrasse 11", "radius": 150},
    "from": "2030-02-03 04:05:06",
    "to": "2030-03-04 05:06:07",
    "external_id": None,
    "max_delay": 5,
    "min_stay_duration": 10,
    "tags": [],
}


@pytest.fixture
def parcels(api: Api) -> int:
    found: int = api("task/create", task=PARCELS)["id"]
    return found


def read(api: Api, task: int) -> dict[str, Any]:
    found: dict[str, Any] = api("task/read", task_id=task)["value"]
    return found


@pytest.mark.records(29)
def test_a_task_is_read_as_it_was_sent(api: Api, alice: User, parcels: int, van: Tracker) -> None:
    task = read(api, parcels)
    assert {name: task[name] for name in PARCELS} == PARCELS
    assert (task["user_id"], task["tracker_id"], task["status"]) == (alice.pk, None, "unassigned")
    own = api("task/create", task={**PARCELS, "tracker_id": van.pk})["id"]
    assert (read(api, own)["tracker_id"], read(api, own)["status"]) == (van.pk, "assigned")
    assert api("task/count")["count"] == 2


@pytest.mark.records(29)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("label", value) for value in (None, "", "x" * 201)],
        ("description", "x" * 1025),
        *[("location", value) for value in (None, {"lat": 1})],
        *[("from", value) for value in (None, "soon")],
        *[("to", value) for value in (None, PARCELS["from"], "2030-01-01 00:00:00")],
        *[("max_delay", value) for value in (-1, 100_000)],
    ],
)
def test_a_task_that_cannot_be_is_refused(api: Api, field: str, value: Any) -> None:
    answer = api("task/create", task={**PARCELS, field: value})
    assert answer["status"]["code"] == 7
    assert answer["errors"][0]["parameter"].startswith(f"task.{field}")


@pytest.mark.records(30)
def test_a_task_is_changed_and_stays_whose_it_is(api: Api, van: Tracker) -> None:
    task = api("task/create", task={**PARCELS, "tracker_id": van.pk})["id"]
    api("task/update", task={**PARCELS, "id": task, "label": "Fetch parcels", "tracker_id": None})
    assert (read(api, task)["label"], read(api, task)["tracker_id"]) == ("Fetch parcels", van.pk)
    assert api.code("task/update", task={**PARCELS, "id": NOWHERE}) == 201


@pytest.mark.records(30)
def test_a_task_becomes_anothers_and_nobodys(
    api: Api, alice: User, parcels: int, register: Callable[..., Tracker]
) -> None:
    van, blocked = register(alice), register(alice)
    set_blocked(blocked.source_id, is_blocked=True)
    api("task/assign", task_id=parcels, tracker_id=van.pk)
    assert read(api, parcels)["status"] == "assigned"
    codes = [api.code("task/assign", task_id=parcels, tracker_id=one) for one in (NOWHERE, blocked.pk)]
    assert [*codes, api.code("task/assign", task_id=NOWHERE, tracker_id=van.pk)] == [204, 208, 201]
    api("task/assign", task_id=parcels, tracker_id=None)
    assert (read(api, parcels)["status"], read(api, parcels)["tracker_id"]) == ("unassigned", None)
    api("task/delete", task_id=parcels)
    assert api.code("task/read", task_id=parcels) == 201


@pytest.mark.records(31)
def test_tasks_are_listed_as_they_are_wanted(api: Api, van: Tracker, parcels: int) -> None:
    later = {"from": "2031-01-01 00:00:00", "to": "2031-01-02 00:00:00", "external_id": "456", "label": "Fetch"}
    other = api("task/create", task={**PARCELS, **later, "tracker_id": van.pk})["id"]

    def ids(**parameters: Any) -> list[int]:
        return [one["id"] for one in api("task/list", **parameters)["list"]]

    assert (ids(sort=["label=asc"]), ids(sort=["from=desc"])) == ([parcels, other], [other, parcels])
    assert (ids(statuses=["assigned"]), ids(trackers=[van.pk]), ids(external_id="456")) == ([other],) * 3
    assert (ids(**{"from": "2030-12-01 00:00:00"}), ids(to="2030-12-01 00:00:00")) == ([other], [parcels])
    assert (ids(filter="FETCH"), ids(filters=["fetch", "fichten"]), ids(limit=1, offset=1)) == ([other],) * 3


@pytest.mark.records(31)
def test_tasks_of_one_external_id_are_counted(api: Api) -> None:
    assert "external_id_counts" not in api("task/create", task={**PARCELS, "external_id": "456"})
    again = api("task/create", task={**PARCELS, "external_id": "456"})
    assert again["external_id_counts"] == [{"external_id": "456", "count": 1}]


@pytest.mark.records(5)
@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("task/create", {"task": PARCELS}),
        ("task/route/create", {"route": {"label": "Round"}, "checkpoints": [PARCELS]}),
        ("task/assign", {"task_id": 1}),
    ],
)
def test_writing_needs_the_right(bobs: Api, call: str, parameters: dict[str, Any]) -> None:
    assert bobs.code(call, **parameters) == 13


def checkpoint(number: int, **more: Any) -> dict[str, Any]:
    times = {"from": f"2030-02-0{number} 08:00:00", "to": f"2030-02-0{number} 12:00:00"}
    return {**PARCELS, **times, "label": f"Stop {number}", **more}


@pytest.fixture
def round_trip(api: Api, van: Tracker) -> dict[str, Any]:
    route = {"label": "Round", "description": "North", "tracker_id": van.pk}
    answer = api("task/route/create", route=route, checkpoints=[checkpoint(1), checkpoint(2), checkpoint(3)])
    found: dict[str, Any] = answer["result"]
    return found


@pytest.mark.records(32)
def test_a_route_is_its_checkpoints_in_order(api: Api, van: Tracker, round_trip: dict[str, Any]) -> None:
    assert (round_trip["type"], round_trip["status"], round_trip["tracker_id"]) == ("route", "assigned", van.pk)
    assert (round_trip["from"], round_trip["to"]) == ("2030-02-01 08:00:00", "2030-02-03 12:00:00")
    answer = api("task/read", task_id=round_trip["id"])
    assert answer["value"] == round_trip
    assert [one["id"] for one in answer["checkpoints"]] == round_trip["checkpoint_ids"]
    assert [one["label"] for one in answer["checkpoints"]] == ["Stop 1", "Stop 2", "Stop 3"]
    assert {(one["type"], one["status"]) for one in answer["checkpoints"]} == {("checkpoint", "assigned")}
    assert api("task/route/list")["list"] == [api("task/route/read", route_id=round_trip["id"])["value"]]
    assert api("task/list")["count"] == 0
    (listed,) = api("task/list", types=["route"])["list"]
    assert (listed["id"], [one["label"] for one in listed["checkpoints"]][0]) == (round_trip["id"], "Stop 1")


@pytest.mark.records(33)
def test_checkpoints_are_reordered_added_and_removed(api: Api, round_trip: dict[str, Any]) -> None:
    first, _, third = round_trip["checkpoint_ids"]
    stops = [checkpoint(3, id=third), checkpoint(4), checkpoint(1, id=first)]
    result = api("task/route/update", route={"id": round_trip["id"], "label": "Loop"}, checkpoints=stops)["result"]
    assert (result["label"], result["tracker_id"]) == ("Loop", round_trip["tracker_id"])
    assert (result["checkpoint_ids"][0], result["checkpoint_ids"][2]) == (third, first)
    assert Task.objects.filter(route=round_trip["id"]).count() == 3
    strange = [checkpoint(1, id=NOWHERE)]
    assert api.code("task/route/update", route={"id": round_trip["id"], "label": "X"}, checkpoints=strange) == 201
    assert Task.objects.filter(route=round_trip["id"]).count() == 3


@pytest.mark.records(33)
def test_a_route_goes_with_its_checkpoints(api: Api, round_trip: dict[str, Any]) -> None:
    api("task/route/assign", route_id=round_trip["id"], tracker_id=None)
    stops = api("task/read", task_id=round_trip["id"])["checkpoints"]
    assert {(one["tracker_id"], one["status"]) for one in stops} == {(None, "unassigned")}
    api("task/route/delete", route_id=round_trip["id"])
    assert not Task.objects.exists()


@pytest.mark.records(13)
def test_a_tracker_that_moves_leaves_its_tasks(api: Api, charlie: User, van: Tracker) -> None:
    task = api("task/create", task={**PARCELS, "tracker_id": van.pk})["id"]
    move_tracker(van, charlie)
    assert (read(api, task)["tracker_id"], read(api, task)["status"]) == (None, "unassigned")
