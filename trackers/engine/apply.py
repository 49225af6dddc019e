"""What a report does to a source's record, and what the passing of time does (api §5). Pure.

Whatever comes in whatever order, and however often: reports lead to the state that they would have led to in the
order of their times (docs/states.md says where that ends).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
from msgspec.structs import replace

from trackers.engine.belief import believe, interpret
from trackers.engine.counters import Place
from trackers.engine.dating import ClockRule, date_report
from trackers.engine.due import Clocks, Status, clocks_of, due_at, status_at
from trackers.engine.last_reports import (
    RECENT_REPORTS,
    RecentReport,
    Traces,
    encode_values,
    find_slot,
    insert,
    is_repeated,
    name_values,
)
from trackers.engine.merging import Said, fix_time, gather, hear_network, newest, place
from trackers.engine.past import PastReport, is_stale, past_report
from trackers.engine.readings import NO_READINGS, Observation, read
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.sensors import read_ignition
from trackers.engine.state import Gps, State
from trackers.engine.trips import Trace, Trip, TripRules, follow, follow_all
from trackers.reports.report import Fix, Report

# Digests part the reports of one time only; twelve of them are stored with each record.
DIGEST_MASK = 0xFFFFFF
# A clock that stands still makes each report of a parked source look like the one before; repetitions come soon.
REPEATED_WITHIN = timedelta(minutes=5)


class Applied(NamedTuple):
    """What a report led to."""

    record: Record
    recent: RecentReport | None
    """To be stored among the last reports; None for a repeated one and for one that is older than all of them."""
    past: PastReport | None
    """To be kept; None for one that is known to be repeated."""


def apply_report(record: Record, report: Report, *, received_at: datetime, rules: Rules) -> Applied:
    """The record after a report that arrived at `received_at`.

    Each part of the state takes the newest that was said of it, so a late report fills gaps and moves nothing back.
    The state's revision grows by one if a viewer can see a difference; else the state is the same object.
    """
    report = interpret(report, received_at, rules.interpretation)
    named = name_values(report)
    values = encode_values(named)
    time, digest = _date(record, report, values, received_at, rules)
    contact_at = _later(record.contact_at, received_at)
    if is_repeated(record.traces, time, digest):
        return Applied(pass_time(replace(record, contact_at=contact_at), now=received_at, rules=rules), None, None)
    before = record.state
    fix, suspect = _believe(record, report.fix, time, rules)
    if fix is None and report.fix is not None and report.fix.is_valid:
        report, named, values = _disbelieve(report, report.fix)
    instruments = rules.instruments
    slot = find_slot(record.traces, time)
    ignition = report.ignition if instruments is None else read_ignition(instruments.sensors, report)
    trace = Trace(time, digest, slot or 0, _is_fast(fix, time, rules.trips), ignition, report.is_moving)
    traces, trip_before, trip = record.traces, record.trip_before, record.trip
    if slot is not None:
        traces, trip_before, trip = _remember(record, trace, rules.trips)
    # Of a report that is older than all that are remembered nobody knows whether it is repeated.
    said = Said(time, is_new=slot is not None)
    gps, placed_at, fixed_at = before.gps, record.placed_at, record.fixed_at
    if fix is not None:
        gps, placed_at = place(gps, placed_at, fix, said)
        fixed_at = _later(fixed_at, time)
    is_located = gps is not None and fixed_at == _later(before.last_update, time)
    clocks = Clocks(before.registered_at, contact_at, gps.updated if is_located and gps else None, trip)
    status = status_at(clocks, received_at, rules)
    state = _write_state(before, report, said, gps=gps, trip=trip, status=status)
    readings = record.readings
    if instruments is not None:
        readings = read(readings or NO_READINGS, instruments, Observation(report, said, fix, trip))
    recent = None if slot is None else RecentReport(before.source_id, slot, time, received_at, msgspec.Raw(values))
    after = Record(state, contact_at, fixed_at, placed_at, suspect, traces, trip_before, trip, readings)
    return Applied(after, recent, past_report(before.source_id, trace, fix, named, received_at))


def _date(record: Record, report: Report, values: bytes, received_at: datetime, rules: Rules) -> tuple[datetime, int]:
    """When a report was made, as far as that can be believed, and its digest."""
    traces = record.traces
    time = date_report(report.time, received_at, rules.interpretation.clock)
    if time is not None:
        return time, crc32(values) & DIGEST_MASK
    # Dated by its arrival, a repeated one would be another report each time.
    digest = crc32(b"%d" % int(report.time.timestamp()) + values) & DIGEST_MASK
    is_ahead = rules.interpretation.clock.rule is ClockRule.DEVICE and report.time > received_at
    since = None if is_ahead else received_at - REPEATED_WITHIN
    same = (trace.time for trace in traces if trace.digest == digest and (since is None or trace.time >= since))
    # What is made now is older than nothing that was made before, whatever the clocks say.
    return next(same, _later(record.state.last_update, received_at)), digest


def _believe(record: Record, fix: Fix | None, time: datetime, rules: Rules) -> tuple[Fix | None, Place | None]:
    if fix is None:
        return None, record.suspect
    return believe(fix, fix_time(fix, time), record.state.gps, record.suspect, rules.interpretation.filters)


def _disbelieve(report: Report, fix: Fix) -> tuple[Report, dict[str, Any], bytes]:
    """The report with its position marked as none, and what it then says."""
    report = replace(report, fix=replace(fix, is_valid=False))
    named = name_values(report)
    return report, named, encode_values(named)


def _is_fast(fix: Fix | None, time: datetime, rules: TripRules) -> bool | None:
    if fix is None or fix.speed_kmh is None or fix.is_cell_based or is_stale(fix, time):
        return None
    return fix.speed_kmh >= rules.idle_speed_kmh


def _remember(record: Record, trace: Trace, rules: TripRules) -> tuple[Traces, Trip, Trip]:
    """The traces with one more, the movement before them and after them."""
    traces, trip_before = insert(record.traces, trace), record.trip_before
    if len(traces) > RECENT_REPORTS:
        trip_before = follow(trip_before, traces[0], rules)
        traces = traces[1:]
    if traces[-1] is trace:
        return traces, trip_before, follow(record.trip, trace, rules)
    return traces, trip_before, follow_all(trip_before, traces, rules)


def _write_state(before: State, report: Report, said: Said, *, gps: Gps | None, trip: Trip, status: Status) -> State:
    time = said.time
    is_newest = before.last_update is None or time > before.last_update
    battery, battery_update = newest(before.battery_percent, before.battery_update, report.battery_percent, said)
    inputs, inputs_update = newest(before.inputs, before.inputs_update, report.inputs, said)
    outputs, outputs_update = newest(before.outputs, before.outputs_update, report.outputs, said)
    after = State(
        before.source_id,
        before.registered_at,
        before.revision + is_newest,
        gps,
        hear_network(before.gsm, report, said),
        status.connection,
        status.movement,
        status.movement_since,
        trip.ignition,
        trip.ignition_since,
        time if is_newest else before.last_update,
        battery,
        battery_update,
        inputs,
        inputs_update,
        outputs,
        outputs_update,
        gather(before.additional, report, said),
        trip.grew_at,
    )
    if is_newest:
        return after
    return before if after == before else replace(after, revision=before.revision + 1)


def pass_time(record: Record, *, now: datetime, rules: Rules) -> Record:
    """The record at `now` if no report came since; the same object when nothing is due.

    `last_update` stays, as nothing was heard (api §5.2, point 69). Movement survives going offline.
    """
    state = record.state
    status = status_at(clocks_of(record), now, rules)
    if status == _status_of(state):
        return record
    changed = replace(
        state,
        revision=state.revision + 1,
        connection_status=status.connection,
        movement_status=status.movement,
        movement_status_update=status.movement_since,
    )
    return replace(record, state=changed)


def next_due(record: Record, rules: Rules) -> datetime | None:
    """When time alone will next change the state; None: never."""
    return due_at(clocks_of(record), _status_of(record.state), rules)


def _status_of(state: State) -> Status:
    return Status(state.connection_status, state.movement_status, state.movement_status_update)


def _later(known: datetime | None, moment: datetime) -> datetime:
    return moment if known is None or moment > known else known
