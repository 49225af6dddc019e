"""The calls about trackers (api §3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Annotated

import msgspec

from accounts.api.answers import WrittenAnswer, written
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal
from accounts.wire.description import Example
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.schema import by_id, list_of, nullable, object_of, optional, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, DAY, FLAG, ID, INTEGER, TRACKER_ID, printable, text
from trackers.calls.lookup import MAX_LABEL_LENGTH, Visible, up_to
from trackers.engine.state import State
from trackers.models import Tracker
from trackers.rendering.schema import EXAMPLE_STATE, EXAMPLE_TIME, STATE
from trackers.rendering.states import StateFormat, render_state
from trackers.services.selectors import (
    ListedTracker,
    TrackedSource,
    listed,
    listed_trackers,
    tracked_sources,
    trackers_with_label,
)
from trackers.services.tagging import TagBinding, tags_of

MAX_STATES_PER_CALL = 2000
COUNT_HEADER = "X-Total-Count"
"""Says how long a list is before it has come."""
LABELS = list_of(printable(MAX_LABEL_LENGTH), least=1, most=1024, unique=True)

_Render = Callable[[ListedTracker, Sequence[TagBinding]], msgspec.Struct]

SOURCE: Fields = {
    "id": said(ID, "the key of states and lifecycle events"),
    "device_id": said(text(), "what the device sends"),
    "model": said(text(), "a code of `tracker/list_models`"),
    "blocked": said(FLAG, "its reports are refused, and what is known of it is not shown"),
    "tariff_id": said(ID, "always 0: there are no tariffs"),
    "status_listing_id": said(nullable(ID), "always null"),
    "creation_date": DAY,
    "tariff_end_date": said(nullable(DAY), "always null"),
    "phone": said(nullable(text()), "of the device's SIM card"),
}
TRACKER_TAGS = list_of(object_of({"tag_id": ID, "ordinal": said(INTEGER, "from 1")}))
TRACKER = record(
    "Tracker",
    id=ID,
    label=text(),
    clone=said(FLAG, "follows the device of another account's tracker"),
    group_id=said(ID, "0: in none"),
    source=object_of(SOURCE),
    tag_bindings=TRACKER_TAGS,
)
EXAMPLE_TRACKER = {
    "id": 1,
    "label": "Van 1",
    "clone": False,
    "group_id": 12,
    "source": {
        "id": 90411,
        "device_id": "demo-0001",
        "model": "osmand",
        "blocked": False,
        "tariff_id": 0,
        "status_listing_id": None,
        "creation_date": "2024-01-31",
        "tariff_end_date": None,
        "phone": None,
    },
    "tag_bindings": [],
}
EXAMPLE_LISTED: Fields = {
    "id": 1,
    "label": "Van 1",
    "group_id": 12,
    "source": {"id": 90411, "device_id": "demo-0001", "model": "osmand"},
}
# As `TRACKER`; what is not there is false, null, 0 or empty.
LISTED = record(
    "ListedTracker",
    id=ID,
    label=text(),
    group_id=optional(ID, default=0),
    source=object_of(
        {
            "id": SOURCE["id"],
            "device_id": SOURCE["device_id"],
            "model": SOURCE["model"],
            "blocked": optional(SOURCE["blocked"], default=False),
            "phone": optional(said(text(), "of the device's SIM card")),
        }
    ),
    tag_bindings=optional(TRACKER_TAGS, default=()),
)


def _find_source(caller: Principal, tracker_id: int) -> TrackedSource:
    """Raises ApiError NOT_FOUND and DEVICE_BLOCKED."""
    found = _visible_sources(caller, [tracker_id])
    if not found:
        raise ApiError(ErrorCode.NOT_FOUND)
    if found[0].is_blocked:
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    return found[0]


Tracked = Annotated[TrackedSource, Found("tracker_id", TRACKER_ID, _find_source, codes=(201, 208))]


@call("tracker/list", gives={"list": list_of(TRACKER)}, example=Example({}, {"list": [EXAMPLE_TRACKER]}))
def list_trackers(
    call: UserCall,
    labels: Annotated[tuple[str, ...] | None, LABELS, "only those whose label contains one of these"] = None,
) -> WrittenAnswer:
    """Every tracker that the caller may see, blocked ones too. How many there are stands in the header as well."""
    return _written_list(call, labels, _render_listed)


@call("tracker/list_compact", gives={"list": list_of(LISTED)}, example=Example({}, {"list": [EXAMPLE_LISTED]}))
def list_trackers_compactly(
    call: UserCall,
    labels: Annotated[tuple[str, ...] | None, LABELS, "only those whose label contains one of these"] = None,
) -> WrittenAnswer:
    """As `tracker/list`, in a third of the bytes: without tariffs and days, and what is false, null, 0 or empty."""
    return _written_list(call, labels, _render_compact)


def _written_list(call: UserCall, labels: Sequence[str] | None, render: _Render) -> WrittenAnswer:
    trackers = listed_trackers(call.caller)
    if labels is not None:
        trackers = trackers_with_label(trackers, labels)
    tags = tags_of(call.caller.account_id)
    items = [render(tracker, tags.get(tracker.id, ())) for tracker in trackers]
    return written({"list": items}, headers={COUNT_HEADER: str(len(items))})


@call("tracker/read", gives={"value": TRACKER})
def read_tracker(call: UserCall, tracker: Visible) -> Fields:
    """One tracker."""
    tags = tags_of(call.caller.account_id, [tracker.pk])
    return {"value": render_tracker(tracker, tags.get(tracker.pk, ()))}


@call(
    "tracker/get_state",
    gives={"user_time": said(DATE, "now, for the caller"), "state": STATE},
    example=Example({"tracker_id": 1}, {"user_time": EXAMPLE_TIME, "state": EXAMPLE_STATE}),
)
def get_state(call: UserCall, tracked: Tracked) -> Fields:
    """A tracker's current state."""
    return {"user_time": call.now, "state": _render_state(call, tracked.state)}


@call(
    "tracker/get_states",
    gives={
        "user_time": DATE,
        "states": said(by_id(STATE), "by tracker id"),
        "blocked": optional(list_of(ID)),
        "not_exist": optional(list_of(ID)),
    },
    codes=(208, 217, 221),
)
def get_states(
    call: UserCall,
    trackers: Annotated[tuple[int, ...], up_to(MAX_STATES_PER_CALL)],
    list_blocked: Annotated[bool, "name blocked trackers instead of failing"] = False,
    allow_not_exist: Annotated[bool, "name those that are not there instead of failing"] = False,
) -> Fields:
    """The current states of several trackers."""
    found = _visible_sources(call.caller, trackers)
    blocked = [tracked.tracker_id for tracked in found if tracked.is_blocked]
    missing = sorted(set(trackers) - {tracked.tracker_id for tracked in found})
    if missing and not allow_not_exist:
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    if blocked and not list_blocked:
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    states = {str(one.tracker_id): _render_state(call, one.state) for one in found if not one.is_blocked}
    return {
        "user_time": call.now,
        "states": states,
        **({"blocked": blocked} if list_blocked else {}),
        **({"not_exist": missing} if allow_not_exist else {}),
    }


def _visible_sources(caller: Principal, tracker_ids: Collection[int]) -> list[TrackedSource]:
    found = tracked_sources(caller.account_id, tracker_ids)
    return [tracked for tracked in found if tracked.is_visible_to(caller)]


def _render_state(call: UserCall, state: State) -> Fields:
    return render_state(state, StateFormat.FULL, call.caller.zone, iso=call.iso)


def render_tracker(tracker: Tracker, tags: Sequence[TagBinding] = ()) -> Fields:
    """The tracker object (api §3.1)."""
    fields: Fields = msgspec.to_builtins(_render_listed(listed(tracker), tags))
    return fields


class _SourceObject(msgspec.Struct, frozen=True, gc=False):
    """As `SOURCE` describes it. Tariffs are the vendor's; their fields say none."""

    id: int
    device_id: str
    model: str
    blocked: bool
    creation_date: str
    phone: str | None
    tariff_id: int = 0
    status_listing_id: None = None
    tariff_end_date: None = None


class _TrackerObject(msgspec.Struct, frozen=True, gc=False):
    """As `TRACKER` describes it. A struct: a large fleet has a hundred thousand, which are written at once."""

    id: int
    label: str
    clone: bool
    group_id: int
    source: _SourceObject
    tag_bindings: Sequence[TagBinding]


def _render_listed(tracker: ListedTracker, tags: Sequence[TagBinding]) -> _TrackerObject:
    tracker_id, label, is_clone, group_id, source_id, device_id, model, is_blocked, created_on, phone = tracker
    source = _SourceObject(source_id, device_id, model, is_blocked, created_on, phone or None)
    return _TrackerObject(tracker_id, label, is_clone, group_id or 0, source, tags)


class _CompactSource(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    id: int
    device_id: str
    model: str
    blocked: bool = False
    phone: str | None = None


class _CompactTracker(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """As `LISTED` describes it."""

    id: int
    label: str
    source: _CompactSource
    group_id: int = 0
    tag_bindings: Sequence[TagBinding] | None = None


def _render_compact(tracker: ListedTracker, tags: Sequence[TagBinding]) -> _CompactTracker:
    tracker_id, label, _, group_id, source_id, device_id, model, is_blocked, _, phone = tracker
    source = _CompactSource(source_id, device_id, model, is_blocked, phone or None)
    return _CompactTracker(tracker_id, label, source, group_id or 0, tags or None)
