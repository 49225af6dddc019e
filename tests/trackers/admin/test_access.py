"""The actions of the admin that change who may see trackers: each asks for whom, and goes through the services."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse

from accounts.models import User
from tests.admin import Admin
from tests.notices import Hear
from trackers.engine.notices import AccessWithdrawn, TrackersChanged
from trackers.models import Source, Tracker
from trackers.services.trackers import bind_sub_users, clone_tracker

Register = Callable[..., Tracker]
PAGE = "trackers_tracker_changelist"
ACTIONS = ["bind", "unbind", "move", "clone"]


@pytest.fixture
def vans(alice: User, register: Register) -> list[Tracker]:
    return [register(alice), register(alice)]


def ask(staff: Admin, action: str, *trackers: Tracker, **fields: object) -> HttpResponse:
    chosen = [tracker.pk for tracker in trackers]
    return staff.send(PAGE, action=action, _selected_action=chosen, **fields)


def messages_of(response: HttpResponse) -> list[str]:
    assert response.redirect_chain, response.content.decode()
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_asks_first_and_changes_nothing_yet(
    staff: Admin, bob: User, vans: list[Tracker], action: str
) -> None:
    page = ask(staff, action, *vans)
    assert (page.status_code, page.redirect_chain) == (200, [])
    text = page.content.decode()
    assert all(van.label in text and f'value="{van.pk}"' in text for van in vans)
    assert (bob.login in text) is (action in ("bind", "unbind"))
    unfilled = ask(staff, action, *vans, post="yes")
    assert "This field is required" in unfilled.content.decode()
    assert Tracker.objects.count() == 2


def test_trackers_are_moved_together(
    staff: Admin, alice: User, bob: User, charlie: User, vans: list[Tracker], hear: Hear
) -> None:
    bind_sub_users(vans[0], [bob])
    with hear(alice, charlie) as heard:
        page = ask(staff, "move", *vans, post="yes", account=charlie.pk)
    assert messages_of(page) == ["Move to another account: 2 trackers."]
    assert sorted(notice.source_ids for notice in heard["alice"]) == [(van.source_id,) for van in vans]
    assert heard["charlie"] == [TrackersChanged()] * 2
    assert set(Tracker.objects.values_list("account", flat=True)) == {charlie.pk}


def test_trackers_are_cloned_together_under_their_labels(
    staff: Admin, charlie: User, vans: list[Tracker], hear: Hear
) -> None:
    with hear(charlie) as heard:
        page = ask(staff, "clone", *vans, post="yes", account=charlie.pk)
    assert messages_of(page) == ["Clone into another account: 2 trackers."]
    assert heard["charlie"] == [TrackersChanged()] * 2
    clones = Tracker.objects.filter(account=charlie, is_clone=True)
    assert sorted(clones.values_list("label", "source")) == sorted((van.label, van.source_id) for van in vans)


@pytest.mark.parametrize("action", ["move", "clone"])
def test_action_impossible_for_one_changes_none(
    staff: Admin, charlie: User, vans: list[Tracker], hear: Hear, action: str
) -> None:
    clone_tracker(vans[1], account=charlie, label="Borrowed")
    with hear(charlie) as heard:
        page = ask(staff, action, *vans, post="yes", account=charlie.pk)
    assert messages_of(page) == ["Nothing was changed: Entity already exists."]
    assert (heard["charlie"], Tracker.objects.filter(account=charlie).count()) == ([], 1)


@pytest.mark.parametrize("action", ["move", "clone"])
def test_trackers_are_given_to_accounts_alone(staff: Admin, bob: User, vans: list[Tracker], action: str) -> None:
    page = ask(staff, action, *vans, post="yes", account=bob.pk)
    assert "Select a valid choice" in page.content.decode()
    assert set(Tracker.objects.values_list("account", flat=True)) == {bob.account_id}


def test_sub_users_are_bound_and_unbound(staff: Admin, alice: User, bob: User, vans: list[Tracker], hear: Hear) -> None:
    with hear(alice) as heard:
        page = ask(staff, "bind", *vans, post="yes", sub_users=[bob.pk])
    assert messages_of(page) == ["Bind to sub-users: 2 trackers."]
    assert (heard["alice"], set(bob.bound_trackers.all())) == ([TrackersChanged()], set(vans))
    with hear(alice) as heard:
        page = ask(staff, "unbind", vans[1], post="yes", sub_users=[bob.pk])
    assert messages_of(page) == ["Unbind from sub-users: 1 trackers."]
    assert heard["alice"] == [AccessWithdrawn(bob.pk, (vans[1].source_id,))]
    assert list(bob.bound_trackers.all()) == [vans[0]]


@pytest.mark.parametrize("action", ["bind", "unbind"])
def test_sub_users_are_those_of_the_trackers_account(
    staff: Admin, bob: User, charlie: User, vans: list[Tracker], register: Register, action: str
) -> None:
    stranger = User.objects.create_user("eve@elsewhere.example", master=charlie)
    page = ask(staff, action, vans[0], post="yes", sub_users=[stranger.pk])
    assert "Select a valid choice" in page.content.decode()
    page = ask(staff, action, vans[0], register(charlie), post="yes", sub_users=[bob.pk])
    assert messages_of(page) == ["Select trackers of one account: sub-users are of one."]
    assert not Tracker.sub_users.through.objects.exists()


def become(codenames: list[str]) -> None:
    """Leaves the administrator no more than these permissions."""
    user = User.objects.get(login="root@fleet.example")
    user.is_superuser = False
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


NEEDED = {
    "bind": ["change_tracker"],
    "unbind": ["change_tracker"],
    "clone": ["add_tracker"],
    "move": ["add_tracker", "delete_tracker"],
    "block": ["change_tracker"],
    "unblock": ["change_tracker"],
    "require_key": ["change_tracker"],
    "require_no_key": ["change_tracker"],
}


@pytest.mark.parametrize("action", NEEDED)
def test_who_may_only_look_is_offered_no_action(
    staff: Admin, bob: User, charlie: User, vans: list[Tracker], action: str
) -> None:
    fields = {"post": "yes", "account": charlie.pk, "sub_users": [bob.pk]}
    for lacking in NEEDED[action]:
        become(["view_tracker", *(name for name in NEEDED[action] if name != lacking)])
        ask(staff, action, *vans, **fields)
        assert set(Tracker.objects.values_list("account", flat=True)) == {bob.account_id}
        assert not bob.bound_trackers.exists()
        assert not Source.objects.filter(is_blocked=True).exists()
        assert not Source.objects.exclude(ingest_key_digest="").exists()
    become(["view_tracker", *NEEDED[action]])
    assert f'value="{action}"' in staff.open(PAGE).content.decode()
