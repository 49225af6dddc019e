"""Alerts as entries of the history of events (alerts §4.1). Pure."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from accounts.wire.dates import format_date
from alerts.engine.notices import AlertPlace, RaisedAlert

MAX_MESSAGE_LENGTH = 256


def render_entry(
    alert: RaisedAlert, zone: tzinfo = UTC, *, iso: bool, has_label: bool = True, is_read: bool = False
) -> dict[str, Any]:
    """The entry of an alert, with dates in `zone`; `has_label`: its message begins with the tracker's label."""
    whole = f"{alert.tracker_label}: {alert.message}" if has_label else alert.message
    extra = {
        **alert.extra,
        "tracker_label": alert.tracker_label,
        "emergency": alert.is_emergency,
        "last_known_location": alert.extra.get("last_known_location", False),
        "received": format_date(alert.received_at, zone, iso=iso),
        "push": alert.is_pushed,
    }
    if len(whole) > MAX_MESSAGE_LENGTH:
        extra["full_message"] = whole
    return {
        "id": alert.id,
        "type": "tracker",
        "is_read": is_read,
        "message": whole[:MAX_MESSAGE_LENGTH],
        "time": format_date(alert.time, zone, iso=iso),
        "event": alert.event,
        "tracker_id": alert.tracker_id,
        "rule_id": alert.rule_id,
        "track_id": 0,
        "location": None if alert.place is None else _render_place(alert.place),
        "address": "",
        "extra": extra,
    }


def _render_place(place: AlertPlace) -> dict[str, Any]:
    rendered: dict[str, Any] = {"lat": place.latitude, "lng": place.longitude, "address": ""}
    if place.precision_m is not None:
        rendered["precision"] = round(place.precision_m)
    return rendered
