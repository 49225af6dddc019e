"""What a report does to a state, and what the passing of time does (contract 5). Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from trackers.reports.report import Fix, Report

# A report dated later than it arrived is dated by its arrival, beyond what clocks commonly differ.
FUTURE_TOLERANCE = timedelta(minutes=1)
# Without any packet for this long after its registration a source counts as lost (contract 5.2).
ACTIVATION_TIMEOUT = timedelta(minutes=5)
FULL_SIGNAL_SATELLITES = 10
# Of the attributes without a field the newest so many are kept: names that change would grow the state for ever.
MAX_ATTRIBUTES = 200


class ConnectionStatus(StrEnum):
    JUST_REGISTERED = "just_registered"
    SIGNAL_LOST = "signal_lost"
    ACTIVE = "active"
    IDLE = "idle"
    OFFLINE = "offline"


class MovementStatus(StrEnum):
    MOVING = "moving"
    STOPPED = "stopped"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Rules:
    """The times and thresholds by which states change (contract 5.2, 5.4)."""

    idle_timeout: timedelta
    offline_timeout: timedelta
    parking_time: timedelta = timedelta(minutes=5)
    idle_speed_kmh: float = 3.0
    """A source slower than this stands; 0: it never does."""


@dataclass(frozen=True, slots=True)
class Gps:
    """The newest position."""

    updated: datetime
    latitude: float
    longitude: float
    heading_degrees: int | None = None
    speed_kmh: int | None = None
    altitude_m: int | None = None
    signal_percent: int | None = None
    precision_m: int | None = None
    is_cell_based: bool = False


@dataclass(frozen=True, slots=True)
class Gsm:
    """The newest word on the mobile network."""

    updated: datetime
    signal_percent: int | None = None
    network_name: str | None = None
    roaming: bool | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value that has no field of its own, as text, with its time."""

    value: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a source. All times are UTC; None means never or unknown."""

    source_id: int
    registered_at: datetime
    revision: int = 0
    """Grows by one with each change that a viewer can see."""

    gps: Gps | None = None
    gsm: Gsm | None = None
    connection_status: ConnectionStatus = ConnectionStatus.JUST_REGISTERED
    movement_status: MovementStatus = MovementStatus.PARKED
    movement_status_update: datetime | None = None
    ignition: bool | None = None
    ignition_update: datetime | None = None
    last_update: datetime | None = None
    battery_percent: int | None = None
    battery_update: datetime | None = None
    inputs: tuple[bool, ...] = ()
    inputs_update: datetime | None = None
    outputs: tuple[bool, ...] = ()
    outputs_update: datetime | None = None
    additional: Mapping[str, Attribute] = field(default_factory=dict)
    actual_track_update: datetime | None = None

    contact_at: datetime | None = None
    """Server time of the last packet of any kind."""
    standing_since: datetime | None = None
    """Device time of the first of the packets that were all below the idle speed."""


def apply_report(state: State, report: Report, *, received_at: datetime, rules: Rules) -> State:
    """The state after a report that arrived at `received_at`; the same object when nothing is to be kept.

    A report that is not newer than the newest one moves nothing back: it only proves that the source can be
    reached.
    """
    time = report.time if report.time <= received_at + FUTURE_TOLERANCE else received_at
    if state.last_update is not None and time <= state.last_update:
        return _note_contact(state, received_at)
    fix = report.fix if report.fix is not None and report.fix.has_enough_satellites else None
    changed = replace(state, last_update=time, contact_at=received_at)
    if fix is not None:
        changed = _move(_place(changed, fix, time), fix, time, rules)
    changed = _note_parts(changed, report, time)
    is_current = fix is not None and time > received_at - rules.idle_timeout
    status = ConnectionStatus.ACTIVE if is_current else ConnectionStatus.IDLE
    return replace(changed, connection_status=status, revision=state.revision + 1)


def _note_contact(state: State, received_at: datetime) -> State:
    if state.connection_status in (ConnectionStatus.ACTIVE, ConnectionStatus.IDLE):
        return replace(state, contact_at=received_at)
    return replace(
        state,
        contact_at=received_at,
        connection_status=ConnectionStatus.IDLE,
        revision=state.revision + 1,
    )


def _place(state: State, fix: Fix, time: datetime) -> State:
    last = state.gps
    gps = Gps(
        updated=time,
        latitude=fix.latitude,
        longitude=fix.longitude,
        heading_degrees=_kept(fix.heading_degrees, last.heading_degrees if last else None),
        speed_kmh=_kept(_rounded(fix.speed_kmh), last.speed_kmh if last else None),
        altitude_m=_kept(fix.altitude_m, last.altitude_m if last else None),
        signal_percent=_signal_percent(fix.satellites),
        precision_m=fix.precision_m,
        is_cell_based=fix.is_cell_based,
    )
    return replace(state, gps=gps)


def _move(state: State, fix: Fix, time: datetime, rules: Rules) -> State:
    """Trip detection: only a satellite fix with a speed says anything (contract 5.4)."""
    if fix.speed_kmh is None or fix.is_cell_based:
        return state
    if fix.speed_kmh >= rules.idle_speed_kmh:
        state = replace(state, standing_since=None, actual_track_update=time)
        return _with_movement(state, MovementStatus.MOVING, time)
    if state.movement_status is MovementStatus.PARKED:
        return state
    standing_since = state.standing_since or time
    state = replace(state, standing_since=standing_since)
    is_over = time - standing_since >= rules.parking_time
    return _with_movement(state, MovementStatus.PARKED if is_over else MovementStatus.STOPPED, time)


def _with_movement(state: State, status: MovementStatus, time: datetime) -> State:
    if status is state.movement_status:
        return state
    return replace(state, movement_status=status, movement_status_update=time)


def _note_parts(state: State, report: Report, time: datetime) -> State:
    """Ignition, battery, network, inputs, outputs and attributes, each with its own freshness."""
    if report.ignition is not None:
        update = state.ignition_update if report.ignition is state.ignition else time
        state = replace(state, ignition=report.ignition, ignition_update=update)
    if report.battery_percent is not None:
        state = replace(state, battery_percent=report.battery_percent, battery_update=time)
    if report.gsm_percent is not None or report.network_name is not None:
        state = replace(state, gsm=Gsm(time, report.gsm_percent, report.network_name, report.roaming))
    if report.inputs is not None:
        state = replace(state, inputs=report.inputs, inputs_update=time)
    if report.outputs is not None:
        state = replace(state, outputs=report.outputs, outputs_update=time)
    if report.attributes:
        state = replace(state, additional=_newest_attributes(state.additional, report.attributes, time))
    return state


def _newest_attributes(
    known: Mapping[str, Attribute], fresh: Mapping[str, str], time: datetime
) -> dict[str, Attribute]:
    newest_last = {name: attribute for name, attribute in known.items() if name not in fresh}
    newest_last |= {name: Attribute(value, time) for name, value in fresh.items()}
    return dict(list(newest_last.items())[-MAX_ATTRIBUTES:])


def pass_time(state: State, *, now: datetime, rules: Rules) -> State:
    """The state at `now` if no report came since; the same object when nothing is due.

    `last_update` stays, as nothing was heard (contract 5.2, point 69). Movement survives going offline.
    """
    connection = _connection_at(state, now, rules)
    if connection is not state.connection_status:
        state = replace(state, connection_status=connection, revision=state.revision + 1)
    parks_at = _parks_at(state, rules)
    if parks_at is not None and parks_at <= now:
        state = _with_movement(state, MovementStatus.PARKED, parks_at)
        state = replace(state, revision=state.revision + 1)
    return state


def next_due(state: State, rules: Rules) -> datetime | None:
    """When time alone will next change the state; None: never."""
    due = [_connection_due(state, rules), _parks_at(state, rules)]
    if state.connection_status is ConnectionStatus.OFFLINE:
        return None
    return min((moment for moment in due if moment is not None), default=None)


def _connection_at(state: State, now: datetime, rules: Rules) -> ConnectionStatus:
    due = _connection_due(state, rules)
    if due is None or now < due:
        return state.connection_status
    if state.contact_at is None:
        return ConnectionStatus.SIGNAL_LOST
    if now >= state.contact_at + rules.offline_timeout:
        return ConnectionStatus.OFFLINE
    return ConnectionStatus.IDLE


def _connection_due(state: State, rules: Rules) -> datetime | None:
    if state.connection_status is ConnectionStatus.JUST_REGISTERED:
        return state.registered_at + ACTIVATION_TIMEOUT
    if state.contact_at is None or state.connection_status is ConnectionStatus.OFFLINE:
        return None
    goes_offline = state.contact_at + rules.offline_timeout
    if state.connection_status is ConnectionStatus.ACTIVE and state.gps is not None:
        return min(state.gps.updated + rules.idle_timeout, goes_offline)
    return goes_offline


def _parks_at(state: State, rules: Rules) -> datetime | None:
    if state.movement_status is not MovementStatus.STOPPED or state.standing_since is None or state.contact_at is None:
        return None
    parks_at = state.standing_since + rules.parking_time
    # A source that is offline by then keeps its movement; it does not matter when somebody looks.
    return parks_at if parks_at < state.contact_at + rules.offline_timeout else None


def _kept(fresh: int | None, last: int | None) -> int | None:
    return last if fresh is None else fresh


def _rounded(number: float | None) -> int | None:
    return None if number is None else math.floor(number + 0.5)


def _signal_percent(satellites: int | None) -> int | None:
    return None if satellites is None else min(100, satellites * 100 // FULL_SIGNAL_SATELLITES)
