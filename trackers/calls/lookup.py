"""The trackers that a call is about: what is there, what the caller may see, and what may be used."""

from __future__ import annotations

from collections.abc import Collection

from accounts.selectors import Principal
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from trackers.models import Group, Tracker
from trackers.services.selectors import visible_trackers

MAX_TRACKERS_PER_CALL = 2000
MAX_LABEL_LENGTH = 60


def read_label(parameters: Parameters, name: str) -> str:
    """A label or title. Raises ApiError 7 unless it is of 1 to 60 printable characters, without < and >."""
    label = parameters.text(name, max_length=MAX_LABEL_LENGTH)
    if "<" in label or ">" in label:
        raise invalid_parameter(name, "must not have < or >")
    return label


def read_tracker_ids(
    parameters: Parameters, name: str = "trackers", *, most: int = MAX_TRACKERS_PER_CALL
) -> tuple[int, ...]:
    """The ids in a list of trackers, each once. Raises ApiError 7, or 221 for more than `most`."""
    tracker_ids = tuple(dict.fromkeys(parameters.integers(name)))
    if len(tracker_ids) > most:
        raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
    return tracker_ids


def find_tracker(principal: Principal, tracker_id: int, *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Tracker:
    """A tracker that the caller may see. Raises ApiError: `missing`, or 208 for a blocked one."""
    tracker = visible_trackers(principal).filter(pk=tracker_id).first()
    if tracker is None:
        raise ApiError(missing)
    if tracker.source.is_blocked:
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    return tracker


def find_original(principal: Principal, tracker_id: int, *, missing: ErrorCode = ErrorCode.NOT_FOUND) -> Tracker:
    """The same where the device itself is concerned, which is not a clone's: raises ApiError 219 for one."""
    tracker = find_tracker(principal, tracker_id, missing=missing)
    if tracker.is_clone:
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return tracker


def find_originals(principal: Principal, tracker_ids: Collection[int]) -> list[Tracker]:
    """All of these trackers. Raises ApiError: 201 when one is not there, 208 when one is blocked, 219 for a clone."""
    trackers = list(visible_trackers(principal).filter(pk__in=tracker_ids))
    if len(trackers) < len(tracker_ids):
        raise ApiError(ErrorCode.NOT_FOUND)
    if any(tracker.source.is_blocked for tracker in trackers):
        raise ApiError(ErrorCode.DEVICE_BLOCKED)
    if any(tracker.is_clone for tracker in trackers):
        raise ApiError(ErrorCode.NOT_FOR_CLONES)
    return trackers


def find_trackers(principal: Principal, tracker_ids: Collection[int]) -> list[Tracker]:
    """All of these trackers. Raises ApiError 217 when one is not there, or blocked."""
    trackers = list(visible_trackers(principal).filter(pk__in=tracker_ids))
    if len(trackers) < len(tracker_ids) or any(tracker.source.is_blocked for tracker in trackers):
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    return trackers


def find_group(principal: Principal, group_id: int, *, missing: ErrorCode) -> Group | None:
    """A group of the caller's account; None for group 0, which stands for none. Raises ApiError `missing`."""
    if group_id == 0:
        return None
    group = Group.objects.filter(account=principal.account_id, pk=group_id).first()
    if group is None:
        raise ApiError(missing)
    return group
