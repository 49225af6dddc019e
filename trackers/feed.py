"""Notices about trackers: what one process tells the others (accounts.feed carries them)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from accounts.feed import notice, publish
from trackers.models import Tracker
from trackers.state import State


class LifecycleEvent(StrEnum):
    BLOCK = "block"
    UNBLOCK = "unblock"
    CORRUPT = "corrupt"


@notice("states_changed")
@dataclass(frozen=True, slots=True)
class StatesChanged:
    """New states of an account's sources; of one source every one, in order."""

    states: tuple[State, ...]


@notice("lifecycle_changed")
@dataclass(frozen=True, slots=True)
class LifecycleChanged:
    """A source was blocked, unblocked or removed; with `unblock` comes its current state."""

    source_id: int
    event: LifecycleEvent
    state: State | None = None


@notice("access_withdrawn")
@dataclass(frozen=True, slots=True)
class AccessWithdrawn:
    """A sub-user may no longer see these sources."""

    user_id: int
    source_ids: tuple[int, ...]


def publish_states(states: Iterable[State]) -> None:
    """Tells each account of the new states of its sources, with one notice per account, on commit."""
    by_source: dict[int, list[State]] = {}
    for state in states:
        by_source.setdefault(state.source_id, []).append(state)
    by_account: dict[int, list[State]] = {}
    for account_id, source_id in accounts_of_sources(by_source):
        by_account.setdefault(account_id, []).extend(by_source[source_id])
    for account_id, changed in by_account.items():
        publish(account_id, StatesChanged(tuple(changed)))


def publish_lifecycle(source_id: int, event: LifecycleEvent, state: State | None = None) -> None:
    """Tells every account that has a tracker on the source, on commit. Call it before trackers are deleted."""
    for account_id, _ in accounts_of_sources([source_id]):
        publish(account_id, LifecycleChanged(source_id, event, state))


def accounts_of_sources(source_ids: Collection[int]) -> Iterable[tuple[int, int]]:
    """Pairs of account and source, one for each tracker on one of the sources."""
    return Tracker.objects.filter(source_id__in=source_ids).values_list("account_id", "source_id").order_by("pk")
