"""The ways in for devices, described (contract 6); what becomes of the fields is said in docs/ingestion.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.schema_terms import (
    ANYTHING,
    Fields,
    Schema,
    any_of,
    list_of,
    object_of,
    one_of,
    open_object,
    optional,
    said,
    text,
)
from trackers.reports.requests import JSON, TEXT
from trackers.reports.values import DEVICE_ID_PATTERN

FORM = "application/x-www-form-urlencoded"
LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class WayInSchema:
    """A way in as a program can read it."""

    name: str
    summary: str
    query: Fields
    bodies: Mapping[str, Schema]
    """By content type."""
    success: Mapping[str, Schema]
    """What may come with 200, by content type."""
    statuses: Mapping[int, str]
    """Those of its own, beside success."""


DEVICE_ID = text(pattern=DEVICE_ID_PATTERN.replace(r"\A", "^").replace(r"\Z", "$"))
KEY = optional(said(text(), "where the source demands an ingest key; or `Authorization: Bearer KEY`"))
NUMBER_TEXT = text(pattern=r"^-?[0-9]+(\.[0-9]+)?$")
FLAG_TEXT = one_of("true", "false", "1", "0")

OSMAND: Fields = {
    "timestamp": optional(said(text(), "seconds, milliseconds or ISO 8601; missing: now")),
    "lat": optional(NUMBER_TEXT),
    "lon": optional(NUMBER_TEXT),
    "valid": optional(FLAG_TEXT),
    "speed": optional(said(NUMBER_TEXT, "knots")),
    "bearing": optional(said(NUMBER_TEXT, "degrees")),
    "altitude": optional(said(NUMBER_TEXT, "metres")),
    "accuracy": optional(said(NUMBER_TEXT, "metres")),
    "sat": optional(said(NUMBER_TEXT, "satellites")),
    "batt": optional(said(NUMBER_TEXT, "percent")),
    "ignition": optional(FLAG_TEXT),
}
OSMAND_JSON = open_object(
    {"device_id": DEVICE_ID, "location": open_object({"timestamp": text(), "coords": optional(open_object({}))})}
)
TRACCAR = open_object({"device": optional(open_object({})), "position": optional(open_object({}))})
NGP = open_object({"message_time": said(text(), "ISO 8601, at UTC"), "device_id": DEVICE_ID})
NGP_ANSWER = object_of(
    {
        "stored": {"type": "integer", "minimum": 0},
        "refused": list_of(object_of({"index": {"type": "integer", "minimum": 0}, "error": text()})),
    }
)

REASON = {TEXT: text()}

WAYS_IN = (
    WayInSchema(
        "osmand",
        "A report of OsmAnd, Traccar Client, or whatever can open an address.",
        query={"id": optional(DEVICE_ID), **OSMAND, "key": KEY},
        bodies={FORM: open_object({"id": DEVICE_ID, **OSMAND, "key": KEY}), JSON: OSMAND_JSON},
        success=REASON,
        statuses={400: "A value cannot be right, or the device is unknown.", 404: "The device is unknown (JSON)."},
    ),
    WayInSchema(
        "traccar",
        "A position or event that a Traccar server forwards.",
        query={"key": KEY},
        bodies={JSON: TRACCAR},
        success=REASON,
        statuses={400: "No Traccar sends this."},
    ),
    WayInSchema(
        "ngp",
        "A message of the generic protocol, or several as an array or as lines.",
        query={"key": KEY},
        bodies={JSON: any_of(NGP, list_of(ANYTHING)), LINES: ANYTHING},
        success={**REASON, JSON: NGP_ANSWER},
        statuses={400: "No JSON, or a value is out of range."},
    ),
)
