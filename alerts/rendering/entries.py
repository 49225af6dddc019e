"""Alerts as entries of the history of events (alerts §4.1). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from accounts.wire.dates import format_date
from accounts.wire.schema import any_of, list_of, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, NUMBER, between, text
from alerts.engine.events import Event
from alerts.engine.notices import AlertPlace, RaisedAlert

MAX_MESSAGE_LENGTH = 256
ADDRESS = "empty where nobody has told it yet"

EVENT = {"enum": [event.value for event in Event]}
ACKNOWLEDGED = record(
    "Acknowledged", user_id=nullable(ID), title=text(), time=DATE, note=said(text(), "of whoever has seen to it")
)
ENTRY = record(
    "HistoryEntry",
    id=said(ID, "grows in the order of storing"),
    type={"const": "tracker"},
    is_read=said(FLAG, "by this login"),
    message=text(),
    time=said(DATE, "when it happened"),
    event=EVENT,
    tracker_id=ID,
    rule_id=nullable(said(ID, "null: no rule made it")),
    track_id=said(ID, "0: none"),
    location=nullable(
        object_of(
            {
                "lat": said(between(-90.0, 90.0), "degrees"),
                "lng": said(between(-180.0, 180.0), "degrees"),
                "address": said(text(), ADDRESS),
                "precision": optional(said(NUMBER, "metres")),
            }
        )
    ),
    address=said(text(), ADDRESS),
    extra=object_of(
        {
            "tracker_label": text(),
            "emergency": FLAG,
            "last_known_location": said(FLAG, "the place is from before"),
            "received": said(any_of(DATE), "when it was stored"),
            "push": said(FLAG, "it pops up at open pages"),
            "zone_ids": optional(list_of(ID)),
            "zone_labels": optional(list_of(text())),
            "sensor_id": optional(ID),
            "sensor_name": optional(text()),
            "sensor_calculated_value": optional(text()),
            "full_message": optional(said(text(), "of a message above 256 characters")),
            "is_test": optional(said(FLAG, "made by `tracker/rule/test`")),
            "acknowledged": optional(ACKNOWLEDGED),
        }
    ),
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


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has seen to an alert, and when."""

    user_id: int | None
    title: str
    time: datetime
    note: str


def render_acknowledgement(one: Acknowledgement, zone: tzinfo, *, iso: bool) -> dict[str, Any]:
    """Who has seen to an alert, for `extra` of its entry."""
    return {
        "user_id": one.user_id,
        "title": one.title,
        "time": format_date(one.time, zone, iso=iso),
        "note": one.note,
    }


def render_entry(
    alert: RaisedAlert,
    zone: tzinfo = UTC,
    *,
    iso: bool,
    has_label: bool = True,
    is_read: bool = False,
    address: str = "",
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
        "location": None if alert.place is None else _render_place(alert.place, address),
        "address": address,
        "extra": extra,
    }


def _render_place(place: AlertPlace, address: str) -> dict[str, Any]:
    rendered: dict[str, Any] = {"lat": place.latitude, "lng": place.longitude, "address": address}
    if place.precision_m is not None:
        rendered["precision"] = round(place.precision_m)
    return rendered
