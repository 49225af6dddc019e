"""Where the trackers of an account are, and how they are doing, for who keeps all of them in view."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from trackers.engine.record import decode_place
from trackers.services.selectors import NOBODY, TrackedSource, users_by_tracker
from trackers.storage.states import placed_trackers

# Read at once; in some tens of milliseconds.
CHUNK = 2_000


class SurveyedTracker(msgspec.Struct, frozen=True, gc=False):
    """What of a tracker must be known to say to whom it is shown, and in which number it counts."""

    source_id: int
    tracker_id: int
    is_blocked: bool
    sub_user_ids: frozenset[int]
    revision: int
    """Of the state that the rest is from."""
    place: tuple[float, float] | None
    """Latitude and longitude; None: not known."""
    connection: str
    movement: str


def surveyed_trackers(account_id: int, *, after_id: int = 0) -> Sequence[SurveyedTracker]:
    """The next CHUNK of the account's trackers, those with ids above `after_id`, in order."""
    rows = placed_trackers(account_id, after_id=after_id, most=CHUNK)
    bound = users_by_tracker(account_id, [row[0] for row in rows])
    return [
        SurveyedTracker(
            source_id,
            tracker_id,
            is_blocked,
            bound.get(tracker_id, NOBODY),
            revision,
            decode_place(document),
            connection,
            movement,
        )
        for tracker_id, source_id, is_blocked, revision, connection, movement, document in rows
    ]


def surveyed(tracked: TrackedSource) -> SurveyedTracker:
    """The same of a tracker that was read with its state."""
    state = tracked.state
    return SurveyedTracker(
        tracked.source_id,
        tracked.tracker_id,
        tracked.is_blocked,
        tracked.sub_user_ids,
        state.revision,
        None if state.gps is None else (state.gps.latitude, state.gps.longitude),
        state.connection_status,
        state.movement_status,
    )
