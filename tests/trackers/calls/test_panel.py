"""The panel's calls about trackers: listed, blocked, removed, cloned, moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Dealer, User
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from tests.api import Api
from tests.notices import Hear
from tests.panel import Panel, hire, panel_of
from tests.strategies import EPOCH
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, TrackersChanged
from trackers.models import Group, Source, Tracker
from trackers.reports.report import Report
from trackers.services.access import move_tracker
from trackers.services.ingestion import ingest
from trackers.services.trackers import bind_sub_users, clone_tracker, corrupt_tracker, update_tracker

Register = Callable[..., Tracker]

BLOCK, UNBLOCK, CORRUPT = LifecycleEvent.BLOCK, LifecycleEvent.UNBLOCK, LifecycleEvent.CORRUPT


@pytest.fixture
def panel(db: None) -> Panel:
    return panel_of(hire("stan@office.example"))


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def clone(van: Tracker, charlie: User) -> Tracker:
    """Charlie's view of Alice's van."""
    return clone_tracker(van, account=charlie, label="Borrowed")


def api_of(user: User) -> Api:
    api = Api()
    api.hash = create_session(user)
    return api


def labels(panel: Panel, **parameters: Any) -> list[str]:
    return [tracker["label"] for tracker in panel("panel/tracker/list", **parameters)["list"]]


def test_tracker_is_told_with_owner_and_device(panel: Panel, alice: User, van: Tracker) -> None:
    dealer = Dealer.objects.create(title="Reseller")
    User.objects.filter(pk=alice.pk).update(dealer=dealer, time_zone="Asia/Tokyo")
    Source.objects.update(created_at="2024-05-02T23:59:59Z", phone="491761234567")
    value = panel("panel/tracker/read", tracker_id=van.pk)["value"]
    assert value == {
        "id": van.pk,
        "label": van.label,
        "clone": False,
        "group_id": 0,
        "user_id": alice.pk,
        "dealer_id": dealer.pk,
        "creation_date": "2024-05-02",
        "deleted": False,
        "comment": "",
        "last_connection": None,
        "source": {
            "id": van.source_id,
            "device_id": van.source.device_id,
            "model": "osmand",
            "blocked": False,
            "tariff_id": 0,
            "status_listing_id": None,
            "creation_date": "2024-05-02",
            "tariff_end_date": None,
            "phone": "491761234567",
            "connection_status": "just_registered",
        },
    }
    ingest([Report(van.source.device_id, EPOCH, battery_percent=50)], received_at=EPOCH)
    assert panel("panel/tracker/list")["list"][0]["last_connection"] == f"{EPOCH:%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def fleet(alice: User, charlie: User, register: Register) -> list[Tracker]:
    """Two trackers of Alice and one of Charlie."""
    fleet = [register(alice), register(alice), register(charlie)]
    for tracker, label in zip(fleet, ["Truck", "Van", "Car"], strict=True):
        update_tracker(tracker, label=label, group=None)
    Source.objects.filter(pk=fleet[0].source_id).update(phone="491761234567", model="teltonika", device_id="z-first")
    return fleet


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["Truck", "Van", "Car"]),
        ({"order_by": "label"}, ["Car", "Truck", "Van"]),
        ({"order_by": "device_id", "ascending": False}, ["Truck", "Car", "Van"]),
        ({"order_by": "user_id", "ascending": False}, ["Car", "Van", "Truck"]),
        ({"limit": 1, "offset": 1}, ["Van"]),
        ({"filter": "ELTON"}, ["Truck"]),
        ({"filter": "76123"}, ["Truck"]),
        ({"filter": "a", "order_by": "last_connection"}, ["Truck", "Van", "Car"]),
        ({"filter": "a", "order_by": "status"}, ["Truck", "Van", "Car"]),
        ({"filter": "ruc", "order_by": "creation_date"}, ["Truck"]),
        ({"filter": "%"}, []),
    ],
)
def test_a_list_is_filtered_ordered_and_cut(
    panel: Panel, fleet: list[Tracker], parameters: dict[str, Any], found: list[str]
) -> None:
    assert labels(panel, **parameters) == found
    whole = {name: value for name, value in parameters.items() if name not in ("limit", "offset")}
    assert panel("panel/tracker/list", **parameters)["count"] == len(labels(panel, **whole))


def test_a_list_may_be_of_one_account(panel: Panel, alice: User, bob: User, fleet: list[Tracker]) -> None:
    assert labels(panel, user_id=alice.pk) == ["Truck", "Van"]
    assert labels(panel, user_id=alice.pk, filter="van") == ["Van"]
    assert [panel.code("panel/tracker/list", user_id=user_id) for user_id in (bob.pk, 987_654)] == [201, 201]


@pytest.mark.api(60)
def test_device_block_and_unblock_reach_every_tracker(
    panel: Panel, alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear
) -> None:
    for is_blocked, event in [(True, BLOCK), (False, UNBLOCK)]:
        with hear(alice, charlie) as heard:
            panel("panel/tracker/source/update", tracker_id=clone.pk, blocked=is_blocked)
        for notices in heard.values():
            assert [(notice.source_id, notice.event) for notice in notices] == [(van.source_id, event)]
        assert panel("panel/tracker/read", tracker_id=van.pk)["value"]["source"]["blocked"] is is_blocked


@pytest.mark.api(29, 62)
def test_an_original_goes_only_with_its_clones(
    panel: Panel, alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear
) -> None:
    assert (panel.code("panel/tracker/corrupt", tracker_id=clone.pk), panel.status) == (219, 403)
    assert (panel.code("panel/tracker/corrupt", tracker_id=van.pk, corrupt_clones=False), panel.status) == (253, 400)
    assert labels(panel) == [van.label, "Borrowed"]
    with hear(alice, charlie) as heard:
        assert panel("panel/tracker/corrupt", tracker_id=van.pk) == {"success": True}
    assert heard == {name: [LifecycleChanged(van.source_id, CORRUPT)] for name in ("alice", "charlie")}
    assert labels(panel) == []
    assert panel.code("panel/tracker/corrupt", tracker_id=van.pk) == 201


def test_the_clone_flag_is_harmless_without_clones(panel: Panel, van: Tracker) -> None:
    assert panel("panel/tracker/corrupt", tracker_id=van.pk, corrupt_clones="false") == {"success": True}
    assert labels(panel) == []


@pytest.mark.api(29)
def test_a_clone_shares_another_accounts_source(
    panel: Panel, alice: User, charlie: User, van: Tracker, hear: Hear
) -> None:
    with hear(alice, charlie) as heard:
        clone_id = panel("panel/tracker/clone", tracker_id=van.pk, user_id=charlie.pk, label="Borrowed")["id"]
    assert heard == {"alice": [], "charlie": [TrackersChanged()]}
    (original,) = api_of(alice)("tracker/list")["list"]
    (clone,) = api_of(charlie)("tracker/list")["list"]
    assert (clone["id"], clone["label"], clone["clone"], original["clone"]) == (clone_id, "Borrowed", True, False)
    assert clone["source"]["id"] == original["source"]["id"] == van.source_id
    again = {"tracker_id": van.pk, "label": "Again"}
    assert [panel.code("panel/tracker/clone", user_id=user.pk, **again) for user in (charlie, alice)] == [247, 247]
    assert panel.code("panel/tracker/clone", tracker_id=clone_id, user_id=charlie.pk, label="x") == 219


@pytest.mark.parametrize("label", [None, "", " ", "x" * 61, "<b>", "a\x00"])
def test_a_clone_needs_a_label(panel: Panel, charlie: User, van: Tracker, label: str | None) -> None:
    answer = panel("panel/tracker/clone", tracker_id=van.pk, user_id=charlie.pk, label=label)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "label")


def test_a_moved_tracker_keeps_only_its_ids(
    panel: Panel, alice: User, bob: User, charlie: User, van: Tracker, hear: Hear
) -> None:
    update_tracker(van, label="Van", group=Group.objects.create(account=alice, title="Vans"))
    bind_sub_users(van, [bob])
    assert [len(api_of(user)("tracker/list")["list"]) for user in (alice, bob, charlie)] == [1, 1, 0]
    with hear(alice, charlie) as heard:
        assert panel("panel/tracker/move", tracker_id=van.pk, user_id=charlie.pk) == {"success": True}
    assert heard == {"alice": [AccessWithdrawn(None, (van.source_id,))], "charlie": [TrackersChanged()]}
    assert [len(api_of(user)("tracker/list")["list"]) for user in (alice, bob)] == [0, 0]
    (moved,) = api_of(charlie)("tracker/list")["list"]
    assert (moved["id"], moved["source"]["id"], moved["group_id"]) == (van.pk, van.source_id, 0)
    assert not van.sub_users.exists()
    assert panel("panel/tracker/read", tracker_id=van.pk)["value"]["user_id"] == charlie.pk


def test_no_move_doubles_an_accounts_source(
    panel: Panel, alice: User, charlie: User, van: Tracker, clone: Tracker
) -> None:
    eve = User.objects.create_user("eve@third.example")
    moves = [(clone, eve, 219), (van, charlie, 247), (van, alice, 247), (van, eve, None)]
    for tracker, user, code in moves:
        answer = panel("panel/tracker/move", tracker_id=tracker.pk, user_id=user.pk)
        assert answer.get("status", {}).get("code") == code
    assert dict(Tracker.objects.values_list("pk", "account")) == {van.pk: eve.pk, clone.pk: charlie.pk}


def test_a_tracker_that_went_meanwhile_is_not_moved(alice: User, charlie: User, van: Tracker) -> None:
    stale = Tracker.objects.get(pk=van.pk)
    move_tracker(van, charlie)
    with pytest.raises(ApiError) as raised:
        move_tracker(stale, alice)
    assert raised.value.code is ErrorCode.NOT_FOUND
    assert Tracker.objects.get().account == charlie


@pytest.mark.parametrize("path", ["clone", "move"])
def test_trackers_are_given_to_accounts_alone(panel: Panel, bob: User, charlie: User, van: Tracker, path: str) -> None:
    for user_id in (bob.pk, 987_654, 0):
        assert panel.code(f"panel/tracker/{path}", tracker_id=van.pk, user_id=user_id, label="x") == 201
    for bad in (None, "x", 1.5, 2**63):
        answer = panel(f"panel/tracker/{path}", tracker_id=van.pk, user_id=bad, label="x")
        assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "user_id")
    assert panel(f"panel/tracker/{path}", tracker_id=van.pk, user_id=charlie.pk, label="x")["success"] is True


CALLS_ON_ONE: dict[str, dict[str, Any]] = {
    "read": {},
    "source/update": {"blocked": True},
    "corrupt": {},
    "clone": {"label": "x"},
    "move": {},
}


@pytest.mark.parametrize("path", CALLS_ON_ONE)
def test_what_is_not_there_is_not_found(
    panel: Panel, alice: User, charlie: User, van: Tracker, register: Register, path: str
) -> None:
    parameters = {**CALLS_ON_ONE[path], "user_id": charlie.pk}
    gone = register(alice)
    gone_id = gone.pk
    corrupt_tracker(gone)
    for tracker_id in (gone_id, 987_654, 0, -1):
        assert (panel.code(f"panel/tracker/{path}", tracker_id=tracker_id, **parameters), panel.status) == (201, 400)
    for bad in (None, "x", 1.5, 2**63):
        answer = panel(f"panel/tracker/{path}", tracker_id=bad, **parameters)
        assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "tracker_id")
    assert panel(f"panel/tracker/{path}", tracker_id=van.pk, **parameters)["success"] is True


@pytest.mark.parametrize("blocked", [None, "perhaps", 1, []])
def test_a_block_is_yes_or_no(panel: Panel, van: Tracker, blocked: Any) -> None:
    answer = panel("panel/tracker/source/update", tracker_id=van.pk, blocked=blocked)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "blocked")
    assert not Source.objects.get().is_blocked


def test_a_stated_login_removes_the_whole_account(
    panel: Panel, alice: User, bob: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear
) -> None:
    wanted = {"user_id": alice.pk, "login": "Alice@fleet.example"}
    answer = panel("panel/user/corrupt", **wanted | {"login": charlie.login})
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "login")
    assert (panel.code("panel/user/corrupt", **wanted, corrupt_clones=False), panel.status) == (253, 400)
    assert Tracker.objects.count() == 2
    credentials = [create_session(alice), create_session(bob)]
    with hear(alice, charlie) as heard:
        assert panel("panel/user/corrupt", **wanted) == {"success": True}
    assert LifecycleChanged(van.source_id, CORRUPT) in heard["alice"]
    assert heard["charlie"] == [LifecycleChanged(van.source_id, CORRUPT)]
    assert [Api().code("base/nothing", hash=one) for one in credentials] == [4, 4]
    assert set(User.objects.values_list("title", flat=True)) == {"", "Charlie"}
    assert not Tracker.objects.exists()


def test_lender_keeps_tracker_of_removed_borrower(
    panel: Panel, alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear
) -> None:
    with hear(alice) as heard:
        panel("panel/user/corrupt", user_id=charlie.pk, login=charlie.login, corrupt_clones=False)
    assert (heard["alice"], Tracker.objects.get()) == ([], van)
