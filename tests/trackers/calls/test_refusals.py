"""`tracker/refusals/list`: why devices are silent, told to those who see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import create_session
from tests.api import Api
from tests.strategies import EPOCH
from trackers.models import RefusedReport, Tracker
from trackers.services.trackers import bind_sub_users, set_blocked

Register = Callable[..., Tracker]


def refuse(device_id: str, minute: int = 0, *, reason: str = "wrong ingest key", way: str = "osmand") -> None:
    time = EPOCH + timedelta(minutes=minute)
    RefusedReport.objects.create(
        way=way, address="192.0.2.7", device_id=device_id, reason=reason, time=time, count=minute + 1
    )


def as_user(user: User) -> Api:
    api = Api()
    api.hash = create_session(user)
    return api


def devices(api: Api, **parameters: Any) -> list[str]:
    return [one["device_id"] for one in api("tracker/refusals/list", **parameters)["list"]]


@pytest.fixture
def vans(alice: User, charlie: User, register: Register) -> list[Tracker]:
    """Two of Alice's and one of Charlie's, each refused, as an unknown device was."""
    vans = [register(alice), register(alice), register(charlie)]
    for minute, van in enumerate(vans):
        refuse(van.source.device_id, minute)
    refuse("nobody", 9, reason="unknown device")
    return vans


def test_owners_see_refusals_of_their_devices_alone(api: Api, charlie: User, vans: list[Tracker]) -> None:
    answer = api("tracker/refusals/list", iso_datetime=True)
    first, second = answer["list"]
    assert second == {
        "time": EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "way": "osmand",
        "device_id": vans[0].source.device_id,
        "tracker_id": vans[0].pk,
        "reason": "wrong ingest key",
        "count": 1,
    }
    assert (first["tracker_id"], answer["left_out"]) == (vans[1].pk, [])
    assert devices(as_user(charlie)) == [vans[2].source.device_id]


def test_sub_users_see_refusals_of_what_they_are_bound_to(bob: User, vans: list[Tracker]) -> None:
    assert devices(as_user(bob)) == []
    bind_sub_users(vans[1], [bob])
    assert devices(as_user(bob)) == [vans[1].source.device_id]


def test_refusals_can_be_asked_for_by_tracker(api: Api, vans: list[Tracker]) -> None:
    set_blocked(vans[0].source_id, is_blocked=True)
    assert devices(api, trackers=[vans[0].pk]) == [vans[0].source.device_id]
    assert devices(api, limit=1) == [vans[1].source.device_id]
    assert api.code("tracker/refusals/list", trackers=[vans[0].pk, vans[2].pk]) == 217


def test_what_was_left_out_is_told_by_tracker(api: Api, vans: list[Tracker]) -> None:
    fields = {"lat": "52.5", "lon": "13.4", "batt": "-100", "speed": "fast"}
    for tracker in (vans[0], vans[2]):
        assert Client().get("/ingest/osmand", {"id": tracker.source.device_id, **fields}).status_code == 200
    (left_out,) = api("tracker/refusals/list", trackers=[van.pk for van in vans[:2]])["left_out"]
    assert (left_out["tracker_id"], sorted(left_out["names"])) == (vans[0].pk, ["batt", "speed"])


def test_all_refusals_are_for_the_staff(api: Api, alice: User, vans: list[Tracker]) -> None:
    assert (api.code("tracker/refusals/list", all=True), api.status) == (13, 403)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert api.code("tracker/refusals/list", all=True) == 13
    alice.user_permissions.add(Permission.objects.get(codename="view_refusedreport"))
    found = api("tracker/refusals/list", all=True)["list"]
    assert [one["device_id"] for one in found] == ["nobody", *[van.source.device_id for van in reversed(vans)]]
    assert [one["tracker_id"] for one in found] == [None, None, vans[1].pk, vans[0].pk]
    assert {one["address"] for one in found} == {"192.0.2.7"}
    _, key = create_api_key(alice, "a program of the staff's")
    assert len(devices(api, hash=key, all=True)) == 4


def test_the_list_is_bounded(api: Api, vans: list[Tracker]) -> None:
    for number in range(250):
        refuse(vans[0].source.device_id, 60 + number, reason=f"reason {number}")
    assert len(devices(api)) == 200
    assert [api.code("tracker/refusals/list", limit=limit) for limit in (0, 201, "x")] == [7, 7, 7]
    assert api.code("tracker/refusals/list", trackers=list(range(501))) == 221


def test_asking_costs_no_query_for_each_refusal(
    api: Api, vans: list[Tracker], django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        refuse(vans[0].source.device_id, 60 + number, reason=f"reason {number}")
    with django_assert_max_num_queries(6):
        api("tracker/refusals/list", trackers=[van.pk for van in vans[:2]])
