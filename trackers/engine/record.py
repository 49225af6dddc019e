"""All that is kept of a source. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from trackers.engine.last_reports import Traces
from trackers.engine.readings import Readings
from trackers.engine.state import FixTimes, State
from trackers.engine.trips import NO_TRIP, Trip


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """All that is kept of a source: its state, and what the next report or the passing of time needs beside it."""

    state: State
    contact_at: datetime | None = None
    """Server time of the last report of any kind."""
    fixed_at: datetime | None = None
    """Device time of the newest report that had a good fix."""
    fix_times: FixTimes | None = None
    """None: speed, heading and altitude are as old as the position."""
    traces: Traces = ()
    """Of the last reports, by time."""
    trip_before: Trip = NO_TRIP
    """The movement before the first of the traces."""
    trip: Trip = NO_TRIP
    """The movement after the last of them."""
    readings: Readings | None = None
    """None: nothing was read or counted yet."""
