"""Trackers in the admin: its pages open, and its changes go through the services."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import models

from accounts.models import User
from accounts.wire.hashes import digest_hash
from tests.admin import Admin
from tests.notices import Hear
from tests.strategies import EPOCH
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, TrackersChanged
from trackers.models import Group, Source, SourceState, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest
from trackers.services.trackers import bind_sub_users, clone_tracker

Register = Callable[..., Tracker]

BLOCK, UNBLOCK, CORRUPT = LifecycleEvent.BLOCK, LifecycleEvent.UNBLOCK, LifecycleEvent.CORRUPT


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def vans(alice: User) -> Group:
    return Group.objects.create(account=alice, title="Vans")


@pytest.mark.parametrize("model", [Tracker, Group])
def test_every_page_opens(staff: Admin, van: Tracker, vans: Group, charlie: User, model: type[models.Model]) -> None:
    clone_tracker(van, account=charlie, label="Borrowed")
    ingest([Report(van.source.device_id, EPOCH, fix=Fix(1, 2))], received_at=EPOCH)
    opened = list(staff.open_everything(model))
    assert len(opened) > 7
    assert [(address, status) for address, status in opened if status != 200] == []


@pytest.mark.parametrize(
    "query", ["?q=device-1", "?q=Vans", "?q=alice", "?connection=just_registered", "?is_clone__exact=0"]
)
def test_trackers_are_found_by_what_people_know(staff: Admin, van: Tracker, vans: Group, query: str) -> None:
    Tracker.objects.update(group=vans, label="Odd one")
    assert "Odd one" in staff.open("trackers_tracker_changelist", query=query).content.decode()
    other = query.replace("just_registered", "active").replace("exact=0", "exact=1").replace("q=", "q=not-")
    assert "Odd one" not in staff.open("trackers_tracker_changelist", query=other).content.decode()


def test_a_new_tracker_has_source_and_state(staff: Admin, alice: User, vans: Group) -> None:
    fields = {"account": alice.pk, "label": "Van", "group": vans.pk, "device_id": "dev_1:a/b.c", "model": "osmand"}
    assert staff.open("trackers_tracker_add").status_code == 200
    staff.change("trackers_tracker_add", **fields, phone="+49 30 123456")
    tracker = Tracker.objects.get()
    assert (tracker.account, tracker.label, tracker.group) == (alice, "Van", vans)
    assert (tracker.source.device_id, tracker.source.phone) == ("dev_1:a/b.c", "4930123456")
    assert SourceState.objects.get().source == tracker.source


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        ({"device_id": "device-1"}, "device_id"),
        ({"device_id": "two words"}, "device_id"),
        ({"device_id": "x" * 65}, "device_id"),
        ({"device_id": "a~1"}, "device_id"),
        ({"device_id": "abc_123", "model": "navixy_ngp"}, "device_id"),
        ({"device_id": ""}, "device_id"),
        ({"phone": "no phone"}, "phone"),
        ({"phone": "+49 30 999999"}, "phone"),
        ({"label": "<b>"}, "label"),
        ({"label": ""}, "label"),
        ({"label": "x" * 61}, "label"),
        ({"account": "bob"}, "account"),
        ({"account": "charlie"}, "group"),
    ],
)
def test_a_tracker_that_cannot_be_is_refused(
    staff: Admin, van: Tracker, vans: Group, bob: User, charlie: User, changes: dict[str, Any], at_fault: str
) -> None:
    Source.objects.update(phone="4930999999")
    accounts = {"alice": van.account_id, "bob": bob.pk, "charlie": charlie.pk}
    fields = {"account": "alice", "label": "New", "group": vans.pk, "device_id": "new", "model": "osmand"} | changes
    errors = staff.refuse("trackers_tracker_add", **fields | {"account": accounts[fields["account"]]})
    assert next(iter(errors)) == at_fault
    assert (Tracker.objects.count(), Source.objects.count()) == (1, 1)


def test_a_tracker_is_renamed_and_grouped(staff: Admin, van: Tracker, vans: Group) -> None:
    staff.change("trackers_tracker_change", van.pk, label="Renamed", group=vans.pk)
    van.refresh_from_db()
    assert (van.label, van.group) == ("Renamed", vans)


def test_a_group_of_another_account_is_refused(staff: Admin, van: Tracker, charlie: User) -> None:
    strange = Group.objects.create(account=charlie, title="Strange")
    assert list(staff.refuse("trackers_tracker_change", van.pk, label="Van", group=strange.pk)) == ["group"]


@pytest.mark.api(23)
def test_an_unbound_sub_user_loses_sight(staff: Admin, alice: User, bob: User, van: Tracker, hear: Hear) -> None:
    staff.change("trackers_tracker_change", van.pk, label="Van", sub_users=[bob.pk])
    assert list(van.sub_users.all()) == [bob]
    with hear(alice) as heard:
        staff.change("trackers_tracker_change", van.pk, label="Van", sub_users=[])
    assert heard["alice"] == [TrackersChanged(sees_more=False), AccessWithdrawn(bob.pk, (van.source_id,))]
    assert not van.sub_users.exists()


def test_only_the_accounts_sub_users_are_bound(staff: Admin, van: Tracker, charlie: User) -> None:
    errors = staff.refuse("trackers_tracker_change", van.pk, label="Van", sub_users=[charlie.pk])
    assert list(errors) == ["sub_users"]


def test_actions_block_and_unblock_each_chosen_source_once(
    staff: Admin, alice: User, charlie: User, van: Tracker, register: Register, hear: Hear
) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    other, untouched = register(alice), register(alice)
    with hear(alice) as heard:
        staff.act("trackers_tracker", "block", van, clone, other)
    assert [(notice.source_id, notice.event) for notice in sorted(heard["alice"], key=lambda one: one.source_id)] == [
        (van.source_id, BLOCK),
        (other.source_id, BLOCK),
    ]
    with hear(alice) as heard:
        staff.act("trackers_tracker", "unblock", van, untouched)
    assert [(notice.source_id, notice.event) for notice in heard["alice"]] == [(van.source_id, UNBLOCK)]
    assert Source.objects.get(is_blocked=True).pk == other.source_id


def test_chosen_sources_share_one_key_shown_once(staff: Admin, alice: User, register: Register) -> None:
    first, second, untouched = register(alice), register(alice), register(alice)
    page = staff.act("trackers_tracker", "require_key", first, second).content.decode()
    (credential,) = re.findall(r"The ingest key is ([0-9a-f]{32})\.", page)
    digests = dict(Source.objects.values_list("pk", "ingest_key_digest"))
    assert digests[first.source_id] == digests[second.source_id] == digest_hash(credential)
    assert digests[untouched.source_id] == ""
    assert credential not in staff.open("trackers_tracker_changelist").content.decode()
    staff.act("trackers_tracker", "require_no_key", first)
    assert Source.objects.exclude(ingest_key_digest="").get().pk == second.source_id


@pytest.mark.parametrize("action", ["remove", "delete_selected"])
def test_an_original_and_its_clone_are_removed_together(
    staff: Admin, alice: User, charlie: User, van: Tracker, register: Register, hear: Hear, action: str
) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    kept = register(alice)
    with hear(alice) as heard:
        staff.act("trackers_tracker", action, van, clone)
    assert heard["alice"] == [LifecycleChanged(van.source_id, CORRUPT)]
    assert Tracker.objects.get() == kept
    assert Source.objects.get(is_corrupted=True).pk == van.source_id


@pytest.mark.parametrize("of", ["original", "clone"])
def test_a_tracker_is_deleted_on_its_own_page(
    staff: Admin, alice: User, charlie: User, van: Tracker, hear: Hear, of: str
) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    with hear(alice, charlie) as heard:
        staff.remove("trackers_tracker", "page", van if of == "original" else clone)
    corrupt = [LifecycleChanged(van.source_id, CORRUPT)]
    assert heard == {"alice": corrupt if of == "original" else [], "charlie": corrupt}
    assert Tracker.objects.count() == (0 if of == "original" else 1)


def test_who_may_only_look_changes_nothing(van: Tracker, bob: User, staff: Admin) -> None:
    bind_sub_users(van, [bob])
    looker = User.objects.get(login="root@fleet.example")
    looker.is_superuser = False
    looker.save()
    looker.user_permissions.set(Permission.objects.filter(codename="view_tracker"))
    assert staff.open("trackers_tracker_change", van.pk).status_code == 200
    assert staff.send("trackers_tracker_change", van.pk, label="Mine").status_code == 403
    assert list(van.sub_users.all()) == [bob]


def test_removing_an_added_group_leaves_trackers(staff: Admin, alice: User, van: Tracker) -> None:
    staff.change("trackers_group_add", account=alice.pk, title="Vans", color="00ff00")
    group = Group.objects.get()
    Tracker.objects.update(group=group)
    staff.remove("trackers_group", "page", group)
    van.refresh_from_db()
    assert van.group is None
