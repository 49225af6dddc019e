"""Registering, cloning, blocking, removing trackers, and who may see them: what is stored and who is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.models import User
from accounts.services.users import remove_user
from accounts.wire.errors import ApiError, ErrorCode
from tests.notices import Hear
from tests.strategies import EPOCH
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, TrackersChanged
from trackers.models import Source, SourceState, Tracker
from trackers.reports.report import Report
from trackers.services.ingestion import ingest
from trackers.services.trackers import (
    bind_sub_users,
    clone_tracker,
    corrupt_tracker,
    register_tracker,
    remove_tracker,
    set_blocked,
)

Register = Callable[..., Tracker]

BLOCK, UNBLOCK, CORRUPT = LifecycleEvent.BLOCK, LifecycleEvent.UNBLOCK, LifecycleEvent.CORRUPT


class Rollback(Exception):
    """Ends a transaction."""


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def clone(van: Tracker, charlie: User) -> Tracker:
    """Charlie's view of Alice's van."""
    return clone_tracker(van, account=charlie, label="Borrowed")


def test_a_registered_sources_state_awaits_a_report(van: Tracker) -> None:
    row = SourceState.objects.get(source=van.source_id)
    assert (row.connection_status, row.movement_status, row.revision) == ("just_registered", "parked", 0)
    assert row.due_at is not None


def test_a_device_id_is_registered_once(van: Tracker, charlie: User) -> None:
    with pytest.raises(ApiError) as raised:
        register_tracker(account=charlie, device_id=van.source.device_id, label="Mine")
    assert raised.value.code is ErrorCode.DEVICE_ID_IN_USE
    assert Source.objects.count() == 1


@pytest.mark.api(29)
def test_an_account_has_one_tracker_on_a_source(alice: User, van: Tracker, clone: Tracker) -> None:
    assert (clone.source_id, clone.is_clone, van.is_clone) == (van.source_id, True, False)
    for account in (alice, clone.account):
        with pytest.raises(ApiError) as raised:
            clone_tracker(van, account=account, label="Again")
        assert raised.value.code is ErrorCode.ENTITY_EXISTS
    assert Tracker.objects.count() == 2


@pytest.mark.api(29)
@pytest.mark.parametrize(
    "change", [corrupt_tracker, lambda clone: clone_tracker(clone, account=clone.account, label="x")]
)
def test_what_is_for_originals_is_refused_for_clones(clone: Tracker, change: Callable[[Tracker], None]) -> None:
    with pytest.raises(ApiError) as raised:
        change(clone)
    assert raised.value.code is ErrorCode.NOT_FOR_CLONES
    assert Tracker.objects.count() == 2


def test_every_account_hears_of_the_block(alice: User, charlie: User, clone: Tracker, hear: Hear) -> None:
    with hear(alice, charlie) as heard:
        set_blocked(clone.source_id, is_blocked=True)
    assert heard == {name: [LifecycleChanged(clone.source_id, BLOCK)] for name in ("alice", "charlie")}
    assert Source.objects.get().is_blocked


def test_an_unblock_brings_the_current_state(alice: User, van: Tracker, hear: Hear) -> None:
    ingest([Report(van.source.device_id, EPOCH, battery_percent=50)], received_at=EPOCH)
    set_blocked(van.source_id, is_blocked=True)
    with hear(alice) as heard:
        set_blocked(van.source_id, is_blocked=False)
    (notice,) = heard["alice"]
    assert (notice.event, notice.state) == (UNBLOCK, SourceState.objects.get().state)
    assert notice.state.battery_percent == 50


@pytest.mark.parametrize("is_blocked", [True, False])
def test_what_is_so_already_is_not_told_again(alice: User, van: Tracker, hear: Hear, is_blocked: bool) -> None:
    set_blocked(van.source_id, is_blocked=is_blocked)
    with hear(alice) as heard:
        set_blocked(van.source_id, is_blocked=is_blocked)
    assert heard["alice"] == []


@pytest.mark.parametrize("remove", [corrupt_tracker, remove_tracker])
def test_originals_go_with_clones_freeing_their_id(
    alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear, remove: Callable[[Tracker], None]
) -> None:
    with hear(alice, charlie) as heard:
        remove(van)
    assert heard == {name: [LifecycleChanged(van.source_id, CORRUPT)] for name in ("alice", "charlie")}
    assert not Tracker.objects.exists()
    assert Source.objects.get().is_corrupted
    again = register_tracker(account=charlie, device_id="device-1", label="Mine now")
    assert again.source_id != van.source_id


def test_a_clone_goes_alone(alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear) -> None:
    with hear(alice, charlie) as heard:
        remove_tracker(clone)
    assert heard == {"alice": [], "charlie": [LifecycleChanged(van.source_id, CORRUPT)]}
    assert Tracker.objects.get() == van
    assert not Source.objects.get().is_corrupted


@pytest.mark.parametrize("is_blocked", [True, False])
def test_a_removed_source_is_neither_blocked_nor_unblocked(
    alice: User, van: Tracker, hear: Hear, is_blocked: bool
) -> None:
    set_blocked(van.source_id, is_blocked=not is_blocked)
    corrupt_tracker(van)
    with hear(alice) as heard:
        set_blocked(van.source_id, is_blocked=is_blocked)
    assert heard["alice"] == []
    assert Source.objects.get().is_blocked is not is_blocked


def test_the_longest_device_id_can_be_spoiled(alice: User) -> None:
    tracker = register_tracker(account=alice, device_id="x" * 64, label="Long")
    corrupt_tracker(tracker)
    tracker.source.refresh_from_db()
    tracker.source.clean_fields(exclude=["device_id", "phone"])
    assert len(tracker.source.device_id) <= 100


@pytest.mark.api(23)
def test_who_loses_sight_of_a_tracker_is_told(alice: User, bob: User, van: Tracker, hear: Hear) -> None:
    dora = User.objects.create_user("dora@fleet.example", master=alice)
    with hear(alice) as heard:
        bind_sub_users(van, [bob, dora])
    assert heard["alice"] == [TrackersChanged()]
    with hear(alice) as heard:
        bind_sub_users(van, [dora])
    assert heard["alice"] == [AccessWithdrawn(bob.pk, (van.source_id,))]
    assert list(van.sub_users.all()) == [dora]


def test_a_master_takes_trackers_and_clones_along(
    alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear
) -> None:
    with hear(alice, charlie) as heard:
        remove_user(alice)
    assert heard == {name: [LifecycleChanged(van.source_id, CORRUPT)] for name in ("alice", "charlie")}
    assert not Tracker.objects.exists()


def test_with_a_borrower_goes_the_clone_only(
    alice: User, charlie: User, van: Tracker, clone: Tracker, hear: Hear
) -> None:
    with hear(alice, charlie) as heard:
        remove_user(charlie)
    assert heard == {"alice": [], "charlie": [LifecycleChanged(van.source_id, CORRUPT)]}
    assert Tracker.objects.get() == van


def test_with_a_sub_user_goes_no_tracker(bob: User, van: Tracker) -> None:
    bind_sub_users(van, [bob])
    remove_user(bob)
    assert Tracker.objects.get() == van


@pytest.mark.parametrize(
    "change",
    [
        lambda van: set_blocked(van.source_id, is_blocked=True),
        lambda van: corrupt_tracker(van),
        lambda van: bind_sub_users(van, []),
    ],
    ids=["block", "corrupt", "unbind"],
)
def test_what_is_rolled_back_is_told_to_nobody(
    alice: User, bob: User, van: Tracker, hear: Hear, change: Callable[[Tracker], None]
) -> None:
    bind_sub_users(van, [bob])
    with hear(alice) as heard, pytest.raises(Rollback), transaction.atomic():
        change(van)
        raise Rollback
    assert heard["alice"] == []
    assert Tracker.objects.get().sub_users.get() == bob
