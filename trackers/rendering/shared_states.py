"""A state as the viewer of a share link reads it: what is shown is put in, nothing taken out (api §2.10). Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from accounts.wire.dates import format_date
from accounts.wire.schema import nullable, object_of, optional, record, said
from accounts.wire.sharing import SharedField, SharedFields
from accounts.wire.terms import DATE, ID, INTEGER, between, one_of
from trackers.engine.state import ConnectionStatus, State
from trackers.engine.trips import MovementStatus

SHARED_STATE = record(
    "SharedState",
    tracker_id=ID,
    source_id=ID,
    last_update=nullable(DATE),
    gps=object_of(
        {
            "updated": nullable(DATE),
            "location": nullable(object_of({"lat": between(-90.0, 90.0), "lng": between(-180.0, 180.0)})),
            "heading": said(nullable(between(0, 360)), "degrees"),
            "speed": optional(said(nullable(INTEGER), "km/h")),
        }
    ),
    movement_status=optional(one_of(MovementStatus)),
    movement_status_update=optional(nullable(DATE)),
    connection_status=optional(one_of(ConnectionStatus)),
)


def render_shared_state(
    state: State, tracker_id: int, shown: SharedFields, zone: tzinfo, *, iso: bool
) -> dict[str, Any]:
    """Where a tracker is, and those of its fields that are `shown`; dates in `zone`."""

    def date(moment: datetime | None) -> str | None:
        return None if moment is None else format_date(moment, zone, iso=iso)

    document = {
        "tracker_id": tracker_id,
        "source_id": state.source_id,
        "last_update": date(state.last_update),
        "gps": _gps(state, shown, date(state.gps.updated if state.gps else None)),
    }
    if SharedField.MOVEMENT_STATUS in shown:
        document["movement_status"] = state.movement_status
        document["movement_status_update"] = date(state.movement_status_update)
    if SharedField.CONNECTION_STATUS in shown:
        document["connection_status"] = state.connection_status
    return document


def _gps(state: State, shown: SharedFields, updated: str | None) -> dict[str, Any]:
    gps = state.gps
    document: dict[str, Any] = {
        "updated": updated,
        "location": None if gps is None else {"lat": gps.latitude, "lng": gps.longitude},
        "heading": None if gps is None else gps.heading_degrees,
    }
    if SharedField.SPEED in shown:
        document["speed"] = None if gps is None else gps.speed_kmh
    return document
