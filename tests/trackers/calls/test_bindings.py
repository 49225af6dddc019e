"""Which trackers a sub-user may see: `subuser/tracker/*`, and what the sub-user finds then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.api import Api
from tests.notices import Hear
from trackers.calls.sub_users import MAX_BOUND
from trackers.engine.notices import AccessWithdrawn, TrackersChanged
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users, clone_tracker, set_blocked

Register = Callable[..., Tracker]


@pytest.fixture
def vans(alice: User, register: Register) -> list[Tracker]:
    return [register(alice) for _ in range(3)]


@pytest.fixture
def bobs(bob: User) -> Api:
    """The API with Bob logged in."""
    api = Api()
    api.hash = create_session(bob)
    return api


def seen(bobs: Api) -> list[int]:
    return sorted(tracker["id"] for tracker in bobs("tracker/list")["list"])


def bound(api: Api, bob: User) -> list[int]:
    return api("subuser/tracker/list", subuser_id=bob.pk)["list"]


def ids(trackers: list[Tracker]) -> list[int]:
    return [tracker.pk for tracker in trackers]


@pytest.mark.api(23)
def test_a_sub_user_sees_only_bound_trackers(
    alice: User, api: Api, bob: User, bobs: Api, vans: list[Tracker], hear: Hear
) -> None:
    assert (seen(bobs), bound(api, bob)) == ([], [])
    with hear(alice) as heard:
        assert api("subuser/tracker/bind", subuser_id=bob.pk, trackers=ids(vans[:2])) == {"success": True}
    assert heard["alice"] == [TrackersChanged()]
    assert seen(bobs) == bound(api, bob) == ids(vans[:2])
    api("subuser/tracker/bind", subuser_id=bob.pk, trackers=ids(vans[1:]))
    assert seen(bobs) == bound(api, bob) == ids(vans)
    with hear(alice) as heard:
        assert api("subuser/tracker/unbind", subuser_id=bob.pk, trackers=ids(vans[:1])) == {"success": True}
    assert heard["alice"] == [AccessWithdrawn(bob.pk, (vans[0].source_id,))]
    assert seen(bobs) == bound(api, bob) == ids(vans[1:])
    assert bobs.code("tracker/read", tracker_id=vans[0].pk) == 201
    assert bobs.code("tracker/get_states", trackers=ids(vans)) == 217
    assert set(bobs("tracker/get_states", trackers=ids(vans[1:]))["states"]) == {str(van.pk) for van in vans[1:]}


def test_redundant_binding_and_unbinding_change_nothing(api: Api, bob: User, bobs: Api, vans: list[Tracker]) -> None:
    twice = [vans[0].pk, vans[0].pk]
    for _ in range(2):
        assert api("subuser/tracker/bind", subuser_id=bob.pk, trackers=twice) == {"success": True}
        assert seen(bobs) == ids(vans[:1])
    assert api("subuser/tracker/unbind", subuser_id=bob.pk, trackers=ids(vans[1:])) == {"success": True}
    assert seen(bobs) == ids(vans[:1])


def test_each_sub_user_has_bindings_of_its_own(api: Api, alice: User, bob: User, vans: list[Tracker]) -> None:
    dora = User.objects.create_user("dora@fleet.example", master=alice)
    api("subuser/tracker/bind", subuser_id=bob.pk, trackers=ids(vans))
    api("subuser/tracker/bind", subuser_id=dora.pk, trackers=ids(vans[:1]))
    api("subuser/tracker/unbind", subuser_id=bob.pk, trackers=ids(vans[:2]))
    assert (bound(api, bob), bound(api, dora)) == (ids(vans[2:]), ids(vans[:1]))


def test_blocked_trackers_and_clones_are_bound_like_others(
    api: Api, alice: User, charlie: User, bob: User, bobs: Api, register: Register
) -> None:
    clone = clone_tracker(register(charlie), account=alice, label="Borrowed")
    blocked = register(alice)
    set_blocked(blocked.source_id, is_blocked=True)
    api("subuser/tracker/bind", subuser_id=bob.pk, trackers=[clone.pk, blocked.pk])
    assert seen(bobs) == [clone.pk, blocked.pk]
    assert bobs.code("tracker/get_state", tracker_id=blocked.pk) == 208


@pytest.mark.parametrize("path", ["bind", "unbind"])
@pytest.mark.parametrize("whose", ["charlie's", "nobody's"])
def test_a_foreign_tracker_changes_no_bindings(
    api: Api,
    charlie: User,
    bob: User,
    bobs: Api,
    vans: list[Tracker],
    register: Register,
    hear: Hear,
    path: str,
    whose: str,
) -> None:
    bind_sub_users(vans[0], [bob])
    strange = register(charlie).pk if whose == "charlie's" else 987_654
    with hear(bob.master) as heard:
        wanted = [*ids(vans[:2]), strange]
        assert (api.code(f"subuser/tracker/{path}", subuser_id=bob.pk, trackers=wanted), api.status) == (262, 400)
    assert (heard["alice"], seen(bobs)) == ([], ids(vans[:1]))
    assert api(f"subuser/tracker/{path}", subuser_id=bob.pk, trackers=ids(vans[:2]))["success"] is True
    assert seen(bobs) == (ids(vans[:2]) if path == "bind" else [])


@pytest.mark.parametrize("path", ["list", "bind", "unbind"])
def test_only_own_sub_users_are_found(
    api: Api, alice: User, charlie: User, bob: User, vans: list[Tracker], path: str
) -> None:
    stranger = User.objects.create_user("eve@elsewhere.example", master=charlie)
    for user_id in (alice.pk, charlie.pk, stranger.pk, 987_654):
        assert api.code(f"subuser/tracker/{path}", subuser_id=user_id, trackers=ids(vans)) == 201
    assert api(f"subuser/tracker/{path}", subuser_id=bob.pk, trackers=ids(vans))["success"] is True
    assert not stranger.bound_trackers.exists()


@pytest.mark.parametrize("path", ["bind", "unbind"])
@pytest.mark.parametrize("trackers", [None, [], "[]", "x", 5, ["x"], [None], [1.5], [2**63]])
def test_a_bad_list_of_trackers_is_named(api: Api, bob: User, path: str, trackers: Any) -> None:
    answer = api(f"subuser/tracker/{path}", subuser_id=bob.pk, trackers=trackers)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "trackers")


@pytest.mark.parametrize(("count", "code"), [(MAX_BOUND, 262), (MAX_BOUND + 1, 221)])
def test_a_list_may_be_long_but_not_endless(api: Api, bob: User, count: int, code: int) -> None:
    assert api.code("subuser/tracker/bind", subuser_id=bob.pk, trackers=list(range(1, count + 1))) == code
