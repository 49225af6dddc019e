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


class _StateAlone(msgspec.Struct):
    """A record of which the rest is not looked at."""

    state: State


class StateAndReadings(msgspec.Struct):
    """A record of which the traces and the trip are not looked at."""

    state: State
    readings: Readings | None = None


class _Fix(msgspec.Struct):
    latitude: float
    longitude: float


class _StateOfFix(msgspec.Struct):
    gps: _Fix | None = None


class _FixAlone(msgspec.Struct):
    """A record of which nothing is looked at but where the source is."""

    state: _StateOfFix


_decode_record = msgspec.json.Decoder(Record).decode
_decode_state = msgspec.json.Decoder(_StateAlone).decode
_decode_fix = msgspec.json.Decoder(_FixAlone).decode
_decode_readings = msgspec.json.Decoder(StateAndReadings).decode


def encode_record(record: Record) -> bytes:
    """The document in which a record is stored (docs/decisions/0003)."""
    return msgspec.json.encode(record)


def decode_record(document: str) -> Record:
    """The record in a stored document."""
    return _decode_record(document)


def decode_state(document: str) -> State:
    """The state in a stored document."""
    return _decode_state(document).state


def decode_place(document: str) -> tuple[float, float] | None:
    """The latitude and longitude in a stored document; None: no position is known."""
    fix = _decode_fix(document).state.gps
    return None if fix is None else (fix.latitude, fix.longitude)


def decode_readings(document: str) -> StateAndReadings:
    """The state and the readings in a stored document."""
    return _decode_readings(document)
