"""Which zones a sub-user sees."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from tests.alerts.calls.test_zones import make
from tests.api import Api

LogIn = Callable[[User], Api]


def test_zones_are_bound_and_unbound(api: Api, bob: User, log_in: LogIn) -> None:
    one, two = make(api), make(api)
    assert api("subuser/zones/bind", subuser_id=bob.pk, zone_ids=[one, two])["success"]
    assert api("subuser/zones/unbind", subuser_id=bob.pk, zone_ids=[one])["success"]
    answer = api("subuser/zones/list_ids", subuser_id=bob.pk)
    assert (answer["access_to_all"], answer["list"]) == (False, [two])
    assert [zone["id"] for zone in log_in(bob)("zone/list")["list"]] == [two]


def test_access_to_all_has_zones_that_are_still_to_be_made(api: Api, bob: User, log_in: LogIn) -> None:
    api("subuser/zones/bind", subuser_id=bob.pk, access_to_all=True)
    zone_id = make(api)
    bobs = log_in(bob)
    assert bobs("zone/read", zone_id=zone_id)["success"]
    assert api("subuser/zones/list_ids", subuser_id=bob.pk)["access_to_all"] is True
    api("subuser/zones/bind", subuser_id=bob.pk, access_to_all=False)
    assert bobs.code("zone/read", zone_id=zone_id) == 201


def test_bound_zones_are_listed_in_order(api: Api, bob: User) -> None:
    ids = [make(api, label=label) for label in ("b", "a", "c")]
    api("subuser/zones/bind", subuser_id=bob.pk, zone_ids=ids)
    by_label = api("subuser/zones/list", subuser_id=bob.pk, order="label", limit=2)
    assert ([zone["label"] for zone in by_label["list"]], by_label["count"]) == (["a", "b"], 3)
    assert [zone["id"] for zone in api("subuser/zones/list", subuser_id=bob.pk)["list"]] == ids
    assert api("subuser/zones/list", subuser_id=bob.pk, filter="C")["count"] == 1


def test_unknown_zones_and_users_bind_nothing(api: Api, bob: User, charlie: User, log_in: LogIn) -> None:
    own, theirs = make(api), make(log_in(charlie))
    assert api.code("subuser/zones/bind", subuser_id=bob.pk, zone_ids=[own, theirs]) == 201
    assert api.code("subuser/zones/bind", subuser_id=charlie.pk, zone_ids=[own]) == 201
    assert api.code("subuser/zones/unbind", subuser_id=bob.pk, zone_ids=[theirs]) == 201
    assert api.code("subuser/zones/bind", subuser_id=bob.pk) == 7
    assert api("subuser/zones/list_ids", subuser_id=bob.pk)["list"] == []


def test_only_a_master_binds(bob: User, log_in: LogIn) -> None:
    bobs = log_in(bob)
    for call in ("bind", "unbind", "list", "list_ids"):
        assert bobs.code(f"subuser/zones/{call}", subuser_id=bob.pk, zone_ids=[1], access_to_all=True) == 13
