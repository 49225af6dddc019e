"""What sensors and counters make of reports of the past: what they made of the same reports when these came. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from trackers.engine.counters import NOT_COUNTED, CounterType
from trackers.engine.merging import Said
from trackers.engine.past import PastReport, Point
from trackers.engine.readings import NO_READINGS, Instruments, Observation, Readings, read
from trackers.engine.sensors import FIELDS_OF_INPUTS
from trackers.engine.trips import NO_TRIP, Trace, TripRules, follow
from trackers.reports.report import Fix, Report

# How the fields of a report are called in what is kept of it (trackers.engine.last_reports.name_values), and what each
# has to be: an attribute may have taken the name.
_FIELDS: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "battery_level": ("battery_percent", (int, float)),
    "gsm_level": ("gsm_percent", (int, float)),
    "hardware_mileage": ("mileage_km", (int, float)),
    "engine_hours": ("engine_hours", (int, float)),
    "hardware_key": ("hardware_key", str),
    "event_id": ("event_code", int),
    "is_moving": ("is_moving", bool),
}
INPUTS = "input_status"
# Of how many inputs a device told is not kept; sensors are wired to one of these.
MAX_INPUTS = 8

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def said_by(past: PastReport) -> dict[str, Any]:
    """What a report said beside its position, by the names of the generic protocol."""
    return decode_said(past.said)


def decode_said(said: bytes | str) -> dict[str, Any]:
    """The same of what is kept of it."""
    return _decode(said) if said else {}


def is_said_alone(input_name: str) -> bool:
    """Whether an input is what the report says under its name, and no field that a report has besides."""
    return input_name not in FIELDS_OF_INPUTS and input_name not in _FIELDS


def inputs_of(said: Mapping[str, Any]) -> tuple[bool, ...] | None:
    """Which inputs were on, from input 1; None where the report did not tell."""
    bits = said.get(INPUTS)
    if not isinstance(bits, int):
        return None
    return tuple(bool(bits >> number & 1) for number in range(max(MAX_INPUTS, bits.bit_length())))


def report_of(past: PastReport) -> Report:
    """The report as sensors read it."""
    said = said_by(past)
    fields = {
        field: said.pop(name)
        for name, (field, kind) in _FIELDS.items()
        if name in said and isinstance(said[name], kind) and (kind is bool or not isinstance(said[name], bool))
    }
    return Report("", past.time, fix=_fix_of(past.point), inputs=inputs_of(said), attributes=said, **fields)


def _fix_of(point: Point | None) -> Fix | None:
    if point is None:
        return None
    return Fix(point.latitude, point.longitude, point.speed_kmh, is_cell_based=point.is_cell_based)


class Replay:
    """Follows the reports of a source, in order."""

    def __init__(self, instruments: Instruments, rules_at: Callable[[datetime], TripRules]) -> None:
        self._instruments = instruments
        self._rules_at = rules_at
        self._trip = NO_TRIP
        self.readings: Readings = NO_READINGS

    def follow(self, past: PastReport) -> Readings:
        """What is read after one more report."""
        trace = Trace(past.time, past.digest, 0, past.is_fast, past.ignition, past.in_motion)
        self._trip = follow(self._trip, trace, self._rules_at(past.time))
        report = report_of(past)
        seen = Observation(report, Said(past.time), report.fix, self._trip)
        self.readings = read(self.readings, self._instruments, seen)
        return self.readings

    def counted(self, kind: CounterType) -> float:
        """What a counter that began at 0 shows: kilometres or hours."""
        return self.readings.counters.get(kind, NOT_COUNTED).value
