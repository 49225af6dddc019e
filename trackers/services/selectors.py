"""What a principal may see of trackers, and snapshots of their states."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db.models import QuerySet

from accounts.selectors import Principal
from trackers.engine.labelled_readings import ShownReadings, show_readings
from trackers.engine.readings import NO_READINGS, Instruments
from trackers.engine.record import decode_state
from trackers.engine.sensors import Sensor
from trackers.engine.state import ConnectionStatus, State
from trackers.models import Tracker
from trackers.services.ingestion import current_rules, rules_of
from trackers.storage.moments import DayOf
from trackers.storage.states import count_by_status, readings_by_source, states_by_tracker, sub_users_by_tracker

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceReadings:
    """The readings of a source, and its state, whose attributes are shown with them."""

    shown: ShownReadings
    state: State
    sensors: tuple[Sensor, ...] = ()


class TrackedSource(msgspec.Struct, gc=False):
    """A tracker of an account with its source's current state; of a large fleet thousands are made at once."""

    tracker_id: int
    source_id: int
    is_blocked: bool
    stored: State | str
    """The state, or its document as it was read: of a large fleet not all are needed at once."""
    sub_user_ids: frozenset[int]

    @property
    def state(self) -> State:
        """Decoded when somebody first asks for it."""
        if isinstance(self.stored, str):
            self.stored = decode_state(self.stored)
        return self.stored

    def is_visible_to(self, principal: Principal) -> bool:
        is_seen_by_user = principal.is_of_master or principal.user_id in self.sub_user_ids
        return is_seen_by_user and principal.includes(self.tracker_id)


def tracked_sources(account_id: int, tracker_ids: Collection[int] | None = None) -> list[TrackedSource]:
    """The account's trackers with their states, or those of `tracker_ids` among them."""
    bound = users_by_tracker(account_id, tracker_ids)
    return [
        TrackedSource(tracker_id, source_id, bool(is_blocked), document, bound.get(tracker_id, NOBODY))
        for tracker_id, source_id, is_blocked, document in states_by_tracker(account_id, tracker_ids)
    ]


def users_by_tracker(account_id: int, tracker_ids: Collection[int] | None = None) -> dict[int, frozenset[int]]:
    """The sub-users who may see each of the account's trackers, or of `tracker_ids`; without those that none may."""
    bound: dict[int, frozenset[int]] = {}
    for tracker_id, user_id in sub_users_by_tracker(account_id, tracker_ids):
        bound[tracker_id] = bound.get(tracker_id, NOBODY) | {user_id}
    return bound


def sources_by_tracker(principal: Principal) -> dict[int, int]:
    """The sources of all trackers that the principal may see, by tracker id."""
    return dict(visible_trackers(principal).order_by("pk").values_list("pk", "source_id"))


def sources_of(tracker_ids: Collection[int]) -> frozenset[int]:
    """The sources of those of these trackers that there still are, whosever they are."""
    return frozenset(Tracker.objects.filter(pk__in=tracker_ids).values_list("source_id", flat=True))


def readings_of(source_ids: Collection[int]) -> dict[int, SourceReadings]:
    """All readings of each of these sources."""
    common = current_rules()
    found = {}
    for source_id, own_rules, record in readings_by_source(source_ids):
        instruments = rules_of(own_rules, common).instruments or Instruments()
        shown = show_readings(source_id, record.readings or NO_READINGS, instruments)
        found[source_id] = SourceReadings(shown, record.state, instruments.sensors)
    return found


def readings_of_one(source_id: int) -> SourceReadings:
    """All readings of a source."""
    return readings_of([source_id])[source_id]


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """All devices, of whichever account, at a glance."""

    by_status: Mapping[str, int]
    newest_report: datetime | None


def fleet_counts() -> FleetCounts:
    """How the devices are now; a status that none has counts 0."""
    found = count_by_status()
    newest = max((moment for _, _, moment in found if moment is not None), default=None)
    return FleetCounts({**dict.fromkeys(ConnectionStatus, 0), **{name: count for name, count, _ in found}}, newest)


def visible_trackers(principal: Principal) -> QuerySet[Tracker]:
    """The trackers that the principal may see, blocked ones too."""
    trackers = Tracker.objects.filter(account_id=principal.account_id).select_related("source")
    if principal.share is not None:
        trackers = trackers.filter(pk__in=principal.share.tracker_ids)
    return trackers if principal.is_of_master else trackers.filter(sub_users=principal.user_id)


class ListedTracker(NamedTuple):
    """What a list tells of a tracker and its source."""

    id: int
    label: str
    is_clone: bool
    group_id: int | None
    source_id: int
    device_id: str
    model: str
    is_blocked: bool
    created_on: str
    """The day on which the source was registered, by UTC and ISO 8601."""
    phone: str
    """Empty if it has none."""


_LISTED = ("pk", "label", "is_clone", "group_id", "source_id")
_LISTED_OF_SOURCE = ("device_id", "model", "is_blocked")


def listed_trackers(principal: Principal) -> list[ListedTracker]:
    """The trackers that the principal may see, blocked ones too.

    Without models, and without moments for days, which of a large fleet take seconds to be made.
    """
    columns = [*_LISTED, *(f"source__{name}" for name in _LISTED_OF_SOURCE)]
    rows = visible_trackers(principal).values_list(*columns, DayOf("source__created_at"), "source__phone")
    return [ListedTracker(*row) for row in rows]


def listed(tracker: Tracker) -> ListedTracker:
    """A tracker as it is listed."""
    source = tracker.source
    created_on = source.created_at.date().isoformat()
    own = (getattr(tracker, name) for name in _LISTED)
    of_source = (getattr(source, name) for name in _LISTED_OF_SOURCE)
    return ListedTracker._make((*own, *of_source, created_on, source.phone))


def trackers_with_label(trackers: Iterable[ListedTracker], labels: Collection[str]) -> list[ListedTracker]:
    """Those whose label contains one of `labels`, whatever the case."""
    wanted = [label.casefold() for label in labels]
    return [t for t in trackers if any(label in t.label.casefold() for label in wanted)]
