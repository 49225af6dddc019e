"""Notices about trackers: what one process tells the others (trackers.services.publishing publishes them). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from accounts.wire.notices import notice
from trackers.engine.labelled_readings import ShownReadings
from trackers.engine.last_reports import NO_REPORTS
from trackers.engine.state import State


class LifecycleEvent(StrEnum):
    BLOCK = "block"
    UNBLOCK = "unblock"
    CORRUPT = "corrupt"


@notice("states_changed")
class StatesChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What reports or time made new of an account's sources; of one source every state, in order."""

    states: tuple[State, ...]
    readings: tuple[ShownReadings, ...] = ()
    """What changed of readings, of sources that have sensors or counters."""
    recent: msgspec.Raw = NO_REPORTS
    """The reports behind it, encoded, as few hearers need them: trackers.engine.last_reports.decode_reports."""
    received_at: float = 0.0
    """When the first of the reports came, in seconds since the epoch; 0: there were none."""

    def __eq__(self, other: object) -> bool:
        """Whether both tell viewers of states and readings the same."""
        if not isinstance(other, StatesChanged):
            return NotImplemented
        return (self.states, self.readings) == (other.states, other.readings)


@notice("instruments_changed")
@dataclass(frozen=True, slots=True)
class InstrumentsChanged:
    """A source got other sensors or counters, or a counter another value: these are all its readings now."""

    readings: ShownReadings


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
    """A sub-user may no longer see these sources, or with None for the user nobody of the account."""

    user_id: int | None
    source_ids: tuple[int, ...]


@notice("trackers_changed")
@dataclass(frozen=True, slots=True)
class TrackersChanged:
    """Of the account, or of one of its sub-users, the list of trackers is other than it was."""

    sees_more: bool = True
    """Whether more may be seen than before; else they are called otherwise, or sorted."""
