"""Alerts as entries of the history of events (alerts §4.1). Pure."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from accounts.wire.dates import format_date
from accounts.wire.schema import list_of, nullable, object_of, open_object, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, INTEGER, NUMBER, one_of, text
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


_PLACE = object_of({"lat": NUMBER, "lng": NUMBER, "precision": optional(INTEGER), "address": text()})
_EXTRA = open_object(
    {
        "tracker_label": text(),
        "emergency": FLAG,
        "last_known_location": said(FLAG, "the place is from before"),
        "received": said(DATE, "when it was stored"),
        "push": said(FLAG, "it is to pop up at open pages"),
        "full_message": optional(said(text(), "when `message` had to be cut")),
        "zone_ids": optional(list_of(ID)),
        "zone_labels": optional(list_of(text())),
    }
)
ENTRY = record(
    "HistoryEntry",
    id=ID,
    type=one_of("tracker"),
    is_read=FLAG,
    message=text(MAX_MESSAGE_LENGTH),
    time=said(DATE, "when it happened"),
    event=text(),
    tracker_id=ID,
    rule_id=said(nullable(ID), "null: no rule made it"),
    track_id=ID,
    location=said(nullable(_PLACE), "null: no place was known"),
    address=text(),
    extra=_EXTRA,
)
EXAMPLE_ENTRY = {
    "id": 90233,
    "type": "tracker",
    "is_read": False,
    "message": "Van 12: came to the depot (Depot)",
    "time": "2024-05-02 08:15:05",
    "event": "inzone",
    "tracker_id": 1,
    "rule_id": 41,
    "track_id": 0,
    "location": {"lat": 47.49811, "lng": 19.03992, "precision": 8, "address": ""},
    "address": "",
    "extra": {
        "tracker_label": "Van 12",
        "emergency": False,
        "last_known_location": False,
        "received": "2024-05-02 08:15:06",
        "push": True,
        "zone_ids": [12],
        "zone_labels": ["Depot"],
    },
}
