"""Blocked, unblocked and removed trackers, by the services, from the Django admin and by the panel's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from tests.end_to_end.admin_site import AdminSite
from tests.end_to_end.panel_calls import CallsOf, calls_of_staff
from tests.end_to_end.plain_client import PlainClient, log_in
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_states import Register, drive
from tests.people import PASSWORD
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users, clone_tracker, corrupt_tracker, set_blocked

Act = Callable[[str, Tracker], None]


def act_by_services(action: str, tracker: Tracker) -> None:
    if action == "remove":
        corrupt_tracker(tracker)
    else:
        set_blocked(tracker.source_id, is_blocked=action == "block")


def act_by_panel(staff: CallsOf, action: str, tracker: Tracker) -> None:
    if action == "remove":
        staff("panel/tracker/corrupt", tracker_id=tracker.pk)
    else:
        staff("panel/tracker/source/update", tracker_id=tracker.pk, blocked=action == "block")


@pytest.fixture(params=["services", "admin", "panel"])
def act(request: pytest.FixtureRequest, server: Daphne) -> Iterator[Act]:
    """Blocks, unblocks or removes a tracker, in one of the ways that there are."""
    if request.param == "services":
        yield act_by_services
        return
    if request.param == "panel":
        staff = calls_of_staff(server)
        yield lambda action, tracker: act_by_panel(staff, action, tracker)
        return
    User.objects.create_superuser("staff@fleet.example", PASSWORD)
    with AdminSite(server, "staff@fleet.example") as site:
        yield lambda action, tracker: site.act("trackers/tracker", action, tracker.pk)


@pytest.fixture
def vans(server: Daphne, alice: User, register: Register) -> list[Tracker]:
    """The one that things happen to, and one whose reports prove that nothing else came before."""
    return [register(alice), register(alice)]


@pytest.fixture
def client(server: Daphne, alice: User, vans: list[Tracker]) -> Iterator[PlainClient]:
    with PlainClient(server) as client:
        client.subscribe(log_in(server, alice.login), [van.pk for van in vans])
        client.messages(2)
        yield client


def lifecycle(tracker: Tracker, event: str) -> dict[str, object]:
    data = {"source_id": tracker.source_id, "lifecycle_event": event}
    return {"type": "event", "event": "lifecycle", "data": data}


@pytest.mark.api(60)
def test_block_silences_and_unblock_shows_state(
    server: Daphne, client: PlainClient, vans: list[Tracker], act: Act
) -> None:
    van, marker = vans
    drive(server, van, 10)
    assert client.message()["data"]["gps"]["speed"] == 19
    act("block", van)
    assert client.message() == lifecycle(van, "block")
    drive(server, marker, 10)
    assert client.message()["data"]["source_id"] == marker.source_id
    act("unblock", van)
    assert client.message() == lifecycle(van, "unblock")
    assert client.message()["data"]["gps"]["speed"] == 19
    drive(server, van, 20)
    assert client.message()["data"]["gps"]["speed"] == 37


@pytest.mark.api(61)
def test_tracker_blocked_beforehand_shows_state_after_unblock(
    server: Daphne, alice: User, vans: list[Tracker], act: Act
) -> None:
    van, marker = vans
    act("block", van)
    with PlainClient(server) as client:
        answer = client.subscribe(log_in(server, alice.login), [van.pk, marker.pk])
        assert answer["data"]["state"]["value"] == {str(van.pk): "blocked", str(marker.pk): "normal"}
        assert client.message()["data"]["source_id"] == marker.source_id
        assert client.is_silent()
        act("unblock", van)
        assert client.message() == lifecycle(van, "unblock")
        assert client.message()["data"]["source_id"] == van.source_id


@pytest.mark.api(62)
def test_removed_tracker_says_so_then_is_unknown(
    server: Daphne, client: PlainClient, alice: User, vans: list[Tracker], act: Act
) -> None:
    van, marker = vans
    act("remove", van)
    assert client.message() == lifecycle(van, "corrupt")
    drive(server, marker)
    assert client.message()["data"]["source_id"] == marker.source_id
    answer = client.subscribe(log_in(server, alice.login), [van.pk])
    assert answer["data"]["state"]["value"] == {str(van.pk): "unknown"}


@pytest.mark.api(60, 62)
def test_foreign_clone_shares_its_sources_fate(server: Daphne, charlie: User, vans: list[Tracker], act: Act) -> None:
    clone = clone_tracker(vans[0], account=charlie, label="Clone")
    with PlainClient(server) as client:
        client.subscribe(log_in(server, charlie.login), [clone.pk])
        client.message()
        act("block", vans[0])
        act("unblock", vans[0])
        act("remove", vans[0])
        events = [message["data"].get("lifecycle_event", "state") for message in client.messages(4)]
        assert events == ["block", "unblock", "state", "corrupt"]


def test_block_twice_is_told_once(server: Daphne, client: PlainClient, vans: list[Tracker], act: Act) -> None:
    act("block", vans[0])
    act("block", vans[0])
    drive(server, vans[1])
    assert client.message() == lifecycle(vans[0], "block")
    assert client.message()["data"]["source_id"] == vans[1].source_id


def test_sub_user_hears_nothing_of_lost_tracker(server: Daphne, bob: User, vans: list[Tracker]) -> None:
    for van in vans:
        bind_sub_users(van, [bob])
    with PlainClient(server) as client:
        client.subscribe(log_in(server, bob.login), [van.pk for van in vans])
        client.messages(2)
        bind_sub_users(vans[0], [])
        drive(server, vans[0])
        set_blocked(vans[0].source_id, is_blocked=True)
        drive(server, vans[1])
        assert client.message()["data"]["source_id"] == vans[1].source_id
