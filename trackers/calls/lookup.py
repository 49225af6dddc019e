"""The trackers that a call is about: what is there, what the caller may see, and what may be used."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Annotated

from accounts.selectors import Principal, first_of
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.schema import list_of, said
from accounts.wire.signature import Found
from accounts.wire.terms import ID, TRACKER_ID, Term, printable
from trackers.models import Group, Tracker
from trackers.services.selectors import visible_trackers

MAX_TRACKERS_PER_CALL = 2000
# Of which much is read.
MAX_TRACKERS_IN_DETAIL = 500
MAX_LABEL_LENGTH = 60
Title = Annotated[str, printable(MAX_LABEL_LENGTH, without="<>")]


def up_to(most: int) -> Term[tuple[int, ...]]:
    """A list of tracker ids; one that comes twice counts once. Reading raises ApiError 221 for more than `most`."""

    def different(name: str, tracker_ids: tuple[int, ...]) -> tuple[int, ...]:
        found = tuple(dict.fromkeys(tracker_ids))
        if len(found) > most:
            raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
        return found

    return said(list_of(ID, least=1), f"at most {most} different ones").then(different)


def find_visible(principal: Principal, tracker_id: int, *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Tracker:
    """A tracker that the caller may see, a blocked one too. Raises ApiError `missing`."""
    return first_of(visible_trackers(principal).filter(pk=tracker_id), missing=missing)


def find_tracker(principal: Principal, tracker_id: int, *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Tracker:
    """A tracker that the caller may see. Raises ApiError: `missing`, or DEVICE_BLOCKED for a blocked one."""
    tracker = find_visible(principal, tracker_id, missing=missing)
    if tracker.source.is_blocked:
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    return tracker


def find_original(principal: Principal, tracker_id: int, *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Tracker:
    """A tracker that is no clone, where the device itself is concerned.

    Raises ApiError: as `find_tracker`, or NOT_FOR_CLONES.
    """
    tracker = find_tracker(principal, tracker_id, missing=missing)
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return tracker


def find_visible_original(principal: Principal, tracker_id: int) -> Tracker:
    """A tracker that is no clone, a blocked one too. Raises ApiError: NOT_FOUND, or NOT_FOR_CLONES."""
    tracker = find_visible(principal, tracker_id)
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return tracker


def find_originals(principal: Principal, tracker_ids: Collection[int]) -> list[Tracker]:
    """All of these trackers.

    Raises ApiError: NOT_FOUND when one is not there, DEVICE_BLOCKED when one is blocked, NOT_FOR_CLONES for a clone.
    """
    trackers = list(visible_trackers(principal).filter(pk__in=tracker_ids))
    if len(trackers) < len(tracker_ids):
        raise ApiError(ErrorCode.NOT_FOUND)
    if any(tracker.source.is_blocked for tracker in trackers):
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    if any(tracker.is_clone for tracker in trackers):
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return trackers


def find_trackers(principal: Principal, tracker_ids: Collection[int]) -> list[Tracker]:
    """All of these trackers. Raises ApiError NONEXISTENT_ENTITIES when one is not there, or blocked."""
    trackers = list(visible_trackers(principal).filter(pk__in=tracker_ids))
    if len(trackers) < len(tracker_ids) or any(tracker.source.is_blocked for tracker in trackers):
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    return trackers


def find_all_visible(principal: Principal, tracker_ids: Collection[int]) -> list[Tracker]:
    """All of these trackers, blocked ones too. Raises ApiError NONEXISTENT_ENTITIES when one is not there."""
    trackers = list(visible_trackers(principal).filter(pk__in=tracker_ids))
    if len(trackers) < len(tracker_ids):
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    return trackers


def find_group(principal: Principal, group_id: int, *, missing: ErrorCode) -> Group | None:
    """A group of the caller's account; None for group 0, which stands for none. Raises ApiError `missing`."""
    groups = Group.objects.filter(account=principal.account_id)
    return first_of(groups.filter(pk=group_id), missing=missing) if group_id else None


def one_group(name: str, sentence: str, *, missing: ErrorCode) -> Found:
    """The parameter that names a group, or none by 0."""
    return Found(name, said(ID, sentence), partial(find_group, missing=missing), codes=(missing,))


_seen = partial(Found, "tracker_id", TRACKER_ID)
_MISSING = ErrorCode.ENTITY_NOT_FOUND

TrackerId = Annotated[int, TRACKER_ID]
# What a parameter names; a name that ends with a code has that one, for what is not there, instead of 201.
Visible = Annotated[Tracker, _seen(find_visible, codes=(201,))]
Seen = Annotated[Tracker, _seen(find_tracker, codes=(201, 208))]
Seen204 = Annotated[Tracker, _seen(partial(find_tracker, missing=_MISSING), codes=(204, 208))]
Original = Annotated[Tracker, _seen(find_original, codes=(201, 208, 219))]
VisibleOriginal = Annotated[Tracker, _seen(find_visible_original, codes=(201, 219))]
Original204 = Annotated[Tracker, _seen(partial(find_original, missing=_MISSING), codes=(204, 208, 219))]
SeveralTrackers = Annotated[list[Tracker], Found("trackers", up_to(MAX_TRACKERS_PER_CALL), find_trackers, (217, 221))]
SeveralVisible = Annotated[
    list[Tracker], Found("trackers", up_to(MAX_TRACKERS_IN_DETAIL), find_all_visible, (217, 221))
]
