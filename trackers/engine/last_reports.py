"""The last reports of a source: what each said, for `iot_monitor` (api §4.7, point 68). Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from trackers.engine.trips import Trace
from trackers.reports.report import Report

RECENT_REPORTS = 12
"""So many of the newest reports are kept, by the devices' clock."""
MAX_VALUES_BYTES = 4096
"""What a stored report may take as JSON; of a larger one the largest values are left out."""

CELL_BASED = "LBS"
"""What the generic protocol calls a position from cell towers."""
NO_FIX = "NO_FIX"
"""What it calls a position that does not count."""
LEFT_OUT = "left_out"
"""Our name for the names of what cannot be right, and counts as unknown."""

Traces = tuple[Trace, ...]

_encode = msgspec.json.Encoder().encode


class RecentReport(msgspec.Struct, frozen=True, gc=False):
    """One of the last reports, to be stored in a slot of its source in place of what was there."""

    source_id: int
    slot: int
    time: datetime
    received_at: datetime
    values: msgspec.Raw
    """A JSON object: what was said, by name."""


def name_values(report: Report) -> dict[str, Any]:
    """Everything that a report says, by the attribute names of the generic protocol (api §6.1)."""
    fix = report.fix
    position: tuple[tuple[str, Any], ...] = ()
    if fix is not None:
        position = (
            ("latitude", fix.latitude),
            ("longitude", fix.longitude),
            ("speed", fix.speed_kmh),
            ("heading", fix.heading_degrees),
            ("altitude", fix.altitude_m),
            ("satellites", fix.satellites),
            ("precision", fix.precision_m),
            ("source_type", CELL_BASED if fix.is_cell_based else None),
            ("fix_type", None if fix.is_valid else NO_FIX),
        )
    others = (
        ("battery_level", report.battery_percent),
        ("ignition", report.ignition),
        ("gsm_level", report.gsm_percent),
        ("network_name", report.network_name),
        ("roaming", report.roaming),
        ("input_status", _bits(report.inputs)),
        ("output_status", _bits(report.outputs)),
        ("is_moving", report.is_moving),
        ("hardware_mileage", report.mileage_km),
        ("engine_hours", report.engine_hours),
        ("hardware_key", report.hardware_key),
        ("event_id", report.event_code),
        (LEFT_OUT, ", ".join(report.left_out) or None),
    )
    named = {name: value for name, value in position + others if value is not None}
    # An attribute that calls itself `speed` is not the speed.
    return {**report.attributes, **report.measurements, **named}


def encode_values(values: dict[str, Any]) -> bytes:
    """The values as a JSON object of at most MAX_VALUES_BYTES; the largest are left out for it."""
    encoded = _encode(values)
    if len(encoded) <= MAX_VALUES_BYTES:
        return encoded
    sizes = {name: len(_encode(name)) + len(_encode(value)) + 2 for name, value in values.items()}
    room = MAX_VALUES_BYTES - 2
    kept = set()
    for name in sorted(sizes, key=lambda name: (sizes[name], name)):
        room -= sizes[name]
        if room >= 0:
            kept.add(name)
    return _encode({name: value for name, value in values.items() if name in kept})


def is_repeated(traces: Traces, time: datetime, digest: int) -> bool:
    """Whether a report is among the last ones already."""
    if not traces or time > traces[-1].time:
        return False
    return any(trace.time == time and trace.digest == digest for trace in traces)


def find_slot(traces: Traces, time: datetime) -> int | None:
    """The slot for a report that is not yet among the last ones; None for one that is older than all of them."""
    if len(traces) < RECENT_REPORTS:
        return len(traces)
    oldest = traces[0]
    return None if time < oldest.time else oldest.slot


def insert(traces: Traces, trace: Trace) -> Traces:
    """The traces with one more among them, by time and arrival; one too many when there were RECENT_REPORTS."""
    if not traces or trace.time >= traces[-1].time:
        return (*traces, trace)
    at = bisect_right(traces, trace.time, key=_time_of)
    return (*traces[:at], trace, *traces[at:])


def _time_of(trace: Trace) -> datetime:
    return trace.time


@lru_cache(1024)
def _bits(numbers: tuple[bool, ...] | None) -> int | None:
    """Bit 0 is number 1."""
    return None if numbers is None else sum(1 << index for index, is_on in enumerate(numbers) if is_on)


NO_REPORTS = msgspec.Raw(b"[]")
"""What `encode_reports` makes of none."""


def encode_reports(reports: Iterable[RecentReport]) -> msgspec.Raw:
    """Reports as they travel in a notice: as JSON that whoever does not want them can leave alone."""
    return msgspec.Raw(_encode(tuple(reports)))


def decode_reports(encoded: msgspec.Raw) -> tuple[RecentReport, ...]:
    """The reports in a notice, in the order in which they came; each takes its slot's place, unless it is the older."""
    return msgspec.json.decode(encoded, type=tuple[RecentReport, ...])
