"""`shared_state`: where a tracker is, for who has a share link, and what else the link shows (api §2.10)."""

from __future__ import annotations

from datetime import datetime

from events.protocol import messages
from events.protocol.description import MessageSchema, event_schema
from events.protocol.kind import Kind
from events.protocol.kinds.state import StateSubscription
from events.protocol.options import TRACKERS, Options
from events.protocol.subscription import Renderer
from trackers.engine.state import State
from trackers.rendering.schema import EXAMPLE_TIME
from trackers.rendering.shared_states import SHARED_STATE


class SharedStateSubscription(StateSubscription):
    """As `state`, with no more of each state than the link shows."""

    is_of_links = True

    __slots__ = ()

    def _event(self, state: State, now: datetime, renderer: Renderer) -> str | None:
        # The end of a login is noticed within seconds; what a link shows ends on time.
        if self.share is None or now >= self.share.until:
            return None
        tracker_id = self.tracker_id(state.source_id)
        return renderer.shared_state_event(state, tracker_id, self.share.fields_of(tracker_id), self.style, now)


def shared_state_event(document: dict[str, object], user_time: str) -> str:
    """The event around what a link shows of a state."""
    return messages.encode({"type": "event", "event": "shared_state", "user_time": user_time, "data": document})


SHARED_STATE_KIND = Kind(
    name="shared_state",
    subscription=SharedStateSubscription,
    options=Options,
    selection=TRACKERS,
    parameters=(),
    event=MessageSchema(
        "shared_state",
        "Where a tracker of a share link is, and what else the link shows: at once, then at every change.",
        event_schema("shared_state", SHARED_STATE),
        {
            "type": "event",
            "event": "shared_state",
            "user_time": EXAMPLE_TIME,
            "data": {
                "tracker_id": 1,
                "source_id": 90411,
                "last_update": EXAMPLE_TIME,
                "gps": {"updated": EXAMPLE_TIME, "location": {"lat": 47.5, "lng": 19.04}, "heading": 90, "speed": 42},
            },
        },
    ),
    note="for the token of a share link alone, to which no other type of events is open",
)
