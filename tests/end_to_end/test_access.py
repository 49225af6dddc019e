"""What subscribers hear when trackers are bound, unbound, cloned, moved and removed, by the real calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from accounts.models import User
from tests.end_to_end.panel_calls import CallsOf, calls_of, calls_of_staff
from tests.end_to_end.plain_client import PlainClient, log_in
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_lifecycle import lifecycle
from tests.end_to_end.test_states import Register, drive
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users, clone_tracker


class Listener:
    """A client of one user, and what it hears of sources."""

    def __init__(self, client: PlainClient, credential: str) -> None:
        self.client, self.credential = client, credential

    def subscribe(self, event: str, *trackers: int) -> dict[str, str]:
        """Subscribes to these trackers, or to all; the statuses. What is current follows."""
        target = {"type": "selected", "tracker_ids": trackers} if trackers else {"type": "all"}
        paced = {"type": event, "target": target, "rate_limit": "100ms"}
        request = {"type": event, "trackers": trackers} if event == "state" else paced
        self.client.send({"action": "subscribe", "hash": self.credential, "requests": [request]})
        answer = self.client.message()
        assert answer["type"] == "response"
        return answer["data"][event]["value"]

    def batch(self) -> dict[int, int]:
        """The next batch: source ids by tracker id."""
        message = self.client.message()
        assert message["event"] == "state_batch", message
        return {item["tracker_id"]: item["source_id"] for item in message["data"]}


def ids(*trackers: Tracker) -> dict[int, int]:
    return {tracker.pk: tracker.source_id for tracker in trackers}


@pytest.fixture
def vans(server: Daphne, alice: User, register: Register) -> list[Tracker]:
    """The one that things happen to, and one whose reports prove that nothing else came before."""
    return [register(alice), register(alice)]


@pytest.fixture
def master(server: Daphne, alice: User) -> CallsOf:
    return calls_of(server, alice)


@pytest.fixture
def staff(server: Daphne) -> CallsOf:
    return calls_of_staff(server)


@pytest.fixture
def listeners(server: Daphne, alice: User, bob: User, charlie: User) -> Iterator[dict[str, Listener]]:
    """A connection of each of the people."""
    with ExitStack() as stack:
        yield {
            user.title: Listener(stack.enter_context(PlainClient(server)), log_in(server, user.login))
            for user in (alice, bob, charlie)
        }


@pytest.mark.api(23, 38, 53)
def test_bound_tracker_reaches_sub_user_following_all(
    server: Daphne, bob: User, vans: list[Tracker], master: CallsOf, listeners: dict[str, Listener]
) -> None:
    master("subuser/tracker/bind", subuser_id=bob.pk, trackers=[vans[1].pk])
    bobs = listeners["Bob"]
    assert bobs.subscribe("state_batch") == {str(vans[1].pk): "normal"}
    assert bobs.batch() == ids(vans[1])
    drive(server, vans[0])
    master("subuser/tracker/bind", subuser_id=bob.pk, trackers=[vans[0].pk])
    assert bobs.batch() == ids(vans[0])
    drive(server, vans[0], 20)
    assert bobs.batch() == ids(vans[0])


@pytest.mark.api(23, 38)
@pytest.mark.parametrize("target", ["all", "selected"])
def test_unbound_tracker_ceases_without_a_word(
    server: Daphne, bob: User, vans: list[Tracker], master: CallsOf, listeners: dict[str, Listener], target: str
) -> None:
    master("subuser/tracker/bind", subuser_id=bob.pk, trackers=[van.pk for van in vans])
    bobs = listeners["Bob"]
    wanted = [van.pk for van in vans] if target == "selected" else []
    assert bobs.subscribe("state_batch", *wanted) == {str(van.pk): "normal" for van in vans}
    assert bobs.batch() == ids(*vans)
    master("subuser/tracker/unbind", subuser_id=bob.pk, trackers=[vans[0].pk])
    drive(server, vans[0])
    drive(server, vans[1])
    assert bobs.batch() == ids(vans[1])
    statuses = bobs.subscribe("state_batch", *(van.pk for van in vans))
    assert statuses == {str(vans[0].pk): "disallowed", str(vans[1].pk): "normal"}


@pytest.mark.api(38)
def test_sub_user_hears_disallowed_and_unknown_statuses(
    charlie: User, vans: list[Tracker], listeners: dict[str, Listener], register: Register
) -> None:
    strange = register(charlie)
    wanted = [vans[0].pk, strange.pk, 987_654]
    statuses = listeners["Bob"].subscribe("state", *wanted)
    assert list(statuses.values()) == ["disallowed", "unknown", "unknown"]
    assert list(listeners["Alice"].subscribe("state", *wanted).values()) == [
        "normal",
        "unknown",
        "unknown",
    ]


@pytest.mark.api(38)
def test_only_the_new_account_hears_moved_tracker(
    server: Daphne,
    bob: User,
    charlie: User,
    vans: list[Tracker],
    staff: CallsOf,
    listeners: dict[str, Listener],
    register: Register,
) -> None:
    van, marker = vans
    for one in vans:
        bind_sub_users(one, [bob])
    strange = register(charlie)
    for name, seen in [("Alice", vans), ("Bob", vans), ("Charlie", [strange])]:
        assert listeners[name].subscribe("state_batch") == {str(one.pk): "normal" for one in seen}
        assert listeners[name].batch() == ids(*seen)
    staff("panel/tracker/move", tracker_id=van.pk, user_id=charlie.pk)
    assert listeners["Charlie"].batch() == ids(van)
    drive(server, van)
    assert listeners["Charlie"].batch() == ids(van)
    # What is blocked or unblocked there is nobody's business here.
    staff("panel/tracker/source/update", tracker_id=van.pk, blocked=True)
    assert listeners["Charlie"].client.message() == lifecycle(van, "block")
    drive(server, marker)
    for name in ("Alice", "Bob"):
        assert listeners[name].batch() == ids(marker)
        statuses = listeners[name].subscribe("state", van.pk)
        assert statuses == {str(van.pk): "unknown"}


@pytest.mark.api(29)
def test_both_accounts_hear_clone_under_one_source(
    server: Daphne, charlie: User, vans: list[Tracker], staff: CallsOf, listeners: dict[str, Listener]
) -> None:
    alices, charlies = listeners["Alice"], listeners["Charlie"]
    alices.subscribe("state_batch")
    assert alices.batch() == ids(*vans)
    assert charlies.subscribe("state_batch") == {}
    clone_id = staff("panel/tracker/clone", tracker_id=vans[0].pk, user_id=charlie.pk, label="Borrowed")["id"]
    assert charlies.batch() == {clone_id: vans[0].source_id}
    drive(server, vans[0])
    assert charlies.batch() == {clone_id: vans[0].source_id}
    assert alices.batch() == ids(vans[0])


@pytest.mark.api(62)
@pytest.mark.parametrize("event", ["state", "state_batch", "readings_batch"])
def test_removed_tracker_tells_viewers_and_is_unknown(
    server: Daphne,
    bob: User,
    charlie: User,
    vans: list[Tracker],
    staff: CallsOf,
    listeners: dict[str, Listener],
    event: str,
) -> None:
    bind_sub_users(vans[0], [bob])
    clone = clone_tracker(vans[0], account=charlie, label="Borrowed")
    for name, tracker in [("Alice", vans[0]), ("Bob", vans[0]), ("Charlie", clone)]:
        assert listeners[name].subscribe(event, tracker.pk) == {str(tracker.pk): "normal"}
        assert listeners[name].client.message()["event"] == event
    staff("panel/tracker/corrupt", tracker_id=vans[0].pk)
    for name, tracker in [("Alice", vans[0]), ("Bob", vans[0]), ("Charlie", clone)]:
        assert listeners[name].client.message() == lifecycle(tracker, "corrupt")
        assert listeners[name].subscribe(event, tracker.pk) == {str(tracker.pk): "unknown"}


@pytest.mark.api(62)
def test_removed_account_takes_clones_from_borrowers(
    server: Daphne, alice: User, charlie: User, vans: list[Tracker], staff: CallsOf, listeners: dict[str, Listener]
) -> None:
    clone = clone_tracker(vans[0], account=charlie, label="Borrowed")
    charlies = listeners["Charlie"]
    charlies.subscribe("state", clone.pk)
    assert charlies.client.message()["event"] == "state"
    staff("panel/user/corrupt", user_id=alice.pk, login=alice.login)
    assert charlies.client.message() == lifecycle(clone, "corrupt")
    assert charlies.subscribe("state", clone.pk) == {str(clone.pk): "unknown"}


def test_hash_of_the_panel_subscribes_to_nothing(server: Daphne, vans: list[Tracker], staff: CallsOf) -> None:
    with PlainClient(server) as client:
        answer = client.subscribe(staff.credential, [vans[0].pk])
        assert (answer["type"], answer["status"]["code"]) == ("error", 4)
