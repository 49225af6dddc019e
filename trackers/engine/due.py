"""What time has a part in: connection status, and parking (api §5.2, §5.4). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import ConnectionStatus
from trackers.engine.trips import MovementStatus, Trip

# Without any report for this long after its registration a source counts as lost (api §5.2).
ACTIVATION_TIMEOUT = timedelta(minutes=5)


class Clocks(NamedTuple):
    """What the statuses follow from, beside the present time."""

    registered_at: datetime
    contact_at: datetime | None
    """Server time of the last report of any kind."""
    located_at: datetime | None
    """Time of the position, if the newest report had one."""
    trip: Trip


class Status(NamedTuple):
    """What is so at one moment."""

    connection: ConnectionStatus
    movement: MovementStatus
    movement_since: datetime | None


def clocks_of(record: Record) -> Clocks:
    """The clocks that a record keeps."""
    state = record.state
    is_located = state.gps is not None and record.fixed_at == state.last_update
    return Clocks(
        state.registered_at,
        record.contact_at,
        state.gps.updated if is_located and state.gps else None,
        record.trip,
    )


def status_at(clocks: Clocks, now: datetime, rules: Rules) -> Status:
    """The statuses at `now`, if nothing was heard since."""
    trip = clocks.trip
    parks_at = _parks_at(clocks, rules)
    if parks_at is not None and parks_at <= now:
        return Status(_connection_at(clocks, now, rules), MovementStatus.PARKED, parks_at)
    return Status(_connection_at(clocks, now, rules), trip.status, trip.since)


def due_at(clocks: Clocks, status: Status, rules: Rules) -> datetime | None:
    """When time alone will next change a status; None: never."""
    contact_at = clocks.contact_at
    if contact_at is None:
        return (
            clocks.registered_at + ACTIVATION_TIMEOUT if status.connection is ConnectionStatus.JUST_REGISTERED else None
        )
    if status.connection is ConnectionStatus.OFFLINE:
        return None
    due = contact_at + rules.offline_timeout
    if status.connection is ConnectionStatus.ACTIVE and clocks.located_at is not None:
        due = min(due, clocks.located_at + rules.idle_timeout)
    if status.movement is MovementStatus.STOPPED and (parks_at := _parks_at(clocks, rules)) is not None:
        due = min(due, parks_at)
    return due


def _connection_at(clocks: Clocks, now: datetime, rules: Rules) -> ConnectionStatus:
    contact_at, located_at = clocks.contact_at, clocks.located_at
    if contact_at is None:
        is_new = now < clocks.registered_at + ACTIVATION_TIMEOUT
        return ConnectionStatus.JUST_REGISTERED if is_new else ConnectionStatus.SIGNAL_LOST
    if now >= contact_at + rules.offline_timeout:
        return ConnectionStatus.OFFLINE
    if located_at is not None and now < located_at + rules.idle_timeout:
        return ConnectionStatus.ACTIVE
    return ConnectionStatus.IDLE


def _parks_at(clocks: Clocks, rules: Rules) -> datetime | None:
    """When a source that stands will be parked; one that is offline by then keeps its movement (api point 72)."""
    standing_since, contact_at = clocks.trip.standing_since, clocks.contact_at
    if standing_since is None or contact_at is None:
        return None
    parks_at = standing_since + rules.trips.parking_time
    return parks_at if parks_at < contact_at + rules.offline_timeout else None
