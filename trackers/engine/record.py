"""All that is kept of a source. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from trackers.engine.counters import Place
from trackers.engine.last_reports import Traces
from trackers.engine.readings import Readings
from trackers.engine.state import State
from trackers.engine.trips import NO_TRIP, Trip


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """All that is kept of a source: its state, and what the next report or the passing of time needs beside it."""

    state: State
    contact_at: datetime | None = None
    """Server time of the last report of any kind."""
    fixed_at: datetime | None = None
    """Device time of the newest report that had a good fix."""
    placed_at: datetime | None = None
    """Device time of the report that brought the position; None: the same as the position's."""
    suspect: Place | None = None
    """Where the last fix was that seemed to have jumped, for a source whose jumps are filtered."""
    traces: Traces = ()
    """Of the last reports, by time."""
    trip_before: Trip = NO_TRIP
    """The movement before the first of the traces."""
    trip: Trip = NO_TRIP
    """The movement after the last of them."""
    readings: Readings | None = None
    """None: nothing was read or counted yet."""
