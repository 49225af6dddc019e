"""The ways in for devices, described (api §6); what becomes of the fields is said in docs/ingestion.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.wire.schema import Fields, any_of, list_of, named, object_of, open_object, optional, said
from accounts.wire.terms import ANYTHING, FLAG, INTEGER, NUMBER, Schema, between, one_of, text
from trackers.reports.ngp import MAX_NUMBERED, FixType, SourceType
from trackers.reports.requests import JSON, TEXT
from trackers.reports.values import (
    DEVICE_ID_JSON_PATTERN,
    DEVICE_ID_SHAPE,
    PLAIN_DEVICE_ID_JSON_PATTERN,
    PLAIN_DEVICE_ID_SHAPE,
)

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
    methods: tuple[str, ...] = ("post",)


DEVICE_ID = said(
    text(pattern=DEVICE_ID_JSON_PATTERN, shape=DEVICE_ID_SHAPE),
    "the device: `source.device_id` of its tracker",
)
NGP_DEVICE_ID = said(
    text(pattern=PLAIN_DEVICE_ID_JSON_PATTERN, shape=PLAIN_DEVICE_ID_SHAPE),
    "the device: `source.device_id` of its tracker",
)
KEY = optional(
    said(
        text(),
        "an ingest key, where the source demands one; or `Authorization: Bearer KEY`, or Basic with it as the password,"
        " or one part more at the end of the path",
    )
)
NUMBER_TEXT = text(pattern=r"^-?[0-9]+(\.[0-9]+)?$", shape="a number")
FLAG_TEXT = said(one_of("true", "false", "1", "0"), "or yes and no, on and off")

SPEED_MS = said(NUMBER, "m/s; negative: unknown")
DEGREES = "degrees, 0 is north, 90 is east"

OSMAND: Fields = {
    "timestamp": optional(said(text(), "seconds, milliseconds or ISO 8601; missing: now")),
    "lat": optional(said(NUMBER_TEXT, "latitude in degrees; without `lat` and `lon` the report has no position")),
    "lon": optional(said(NUMBER_TEXT, "longitude in degrees; one without the other is refused")),
    "location": optional(said(text(), "both as `LAT,LON`, in place of `lat` and `lon`")),
    "valid": optional(said(FLAG_TEXT, "false or 0: the position does not count")),
    "speed": optional(said(NUMBER_TEXT, "knots: 20 are 37 km/h")),
    "bearing": optional(said(NUMBER_TEXT, DEGREES)),
    "altitude": optional(said(NUMBER_TEXT, "metres")),
    "accuracy": optional(said(NUMBER_TEXT, "metres; 0: unknown")),
    "sat": optional(said(NUMBER_TEXT, "how many satellites")),
    "batt": optional(said(NUMBER_TEXT, "percent, 0 to 100")),
    "ignition": optional(said(FLAG_TEXT, "whether it is on")),
    "odometer": optional(said(NUMBER_TEXT, "metres, kept as it is; the counter `odometer` is another, in kilometres")),
    "cell": optional(said(text(), "`MCC,MNC,LAC,CELL,DBM`; the last part makes the signal level")),
    "driverUniqueId": optional(said(text(), "the driver's key")),
}
PHONE_PLACE = named(
    "PhonePlace",
    open_object(
        {
            "device_id": optional(said(text(), "the device, where neither the body nor the address names it")),
            "timestamp": optional(said(text(), "ISO 8601, or seconds or milliseconds; missing: now")),
            "coords": optional(
                said(
                    open_object(
                        {
                            "latitude": said(between(-90.0, 90.0), "degrees"),
                            "longitude": said(between(-180.0, 180.0), "degrees"),
                            "altitude": optional(said(NUMBER, "metres")),
                            "accuracy": optional(said(NUMBER, "metres; 0 or negative: unknown")),
                            "speed": optional(SPEED_MS),
                            "heading": optional(said(NUMBER, f"{DEGREES}; negative: unknown")),
                        }
                    ),
                    "the position; without it the report has none",
                )
            ),
            "battery": optional(
                open_object(
                    {
                        "level": optional(said(NUMBER, "0 to 1; negative: unknown")),
                        "is_charging": optional(said(FLAG, "becomes the attribute `charge`")),
                    }
                )
            ),
            "is_moving": optional(said(FLAG, "what the motion sensor says")),
            "odometer": optional(said(NUMBER, "metres; negative: unknown")),
            "activity": optional(open_object({"type": optional(said(text(), "becomes an attribute"))})),
            **{name: optional(said(text(), "becomes an attribute")) for name in ("event", "alarm")},
            "mock": optional(said(FLAG, "becomes an attribute")),
            "extras": optional(said(open_object({}), "each member becomes an attribute")),
        }
    ),
)
_OF_ALL = optional(said(text(), "the device; else the address or each place names it"))
OSMAND_JSON = said(
    any_of(
        open_object({"device_id": _OF_ALL, "location": PHONE_PLACE}),
        open_object({"device_id": _OF_ALL, "location": list_of(PHONE_PLACE)}),
        list_of(PHONE_PLACE),
    ),
    "a place, or a batch of such; `locations` and `data` are read as `location`",
)
TRACCAR = open_object(
    {
        "device": optional(open_object({"uniqueId": said(text(), "the device: `source.device_id` of its tracker")})),
        "position": optional(
            said(
                open_object(
                    {
                        "deviceTime": optional(said(text(), "orders the reports; else `fixTime`, else `serverTime`")),
                        "fixTime": optional(said(text(), "orders the positions")),
                        "serverTime": optional(said(text(), "ISO 8601")),
                        "valid": optional(said(FLAG, "false: the position does not count"), default=True),
                        "latitude": said(between(-90.0, 90.0), "degrees"),
                        "longitude": said(between(-180.0, 180.0), "degrees"),
                        "altitude": optional(said(ANYTHING, "metres")),
                        "speed": optional(said(ANYTHING, "knots")),
                        "course": optional(said(ANYTHING, DEGREES)),
                        "accuracy": optional(said(ANYTHING, "metres")),
                        "network": optional(said(ANYTHING, "of the cell towers, for the signal level")),
                        "attributes": optional(
                            said(
                                open_object({}),
                                "among them `batteryLevel` in percent, `odometer` in metres, `hours` in milliseconds",
                            )
                        ),
                    }
                ),
                "an event without a position is not stored",
            )
        ),
        "event": optional(open_object({"type": said(text(), "becomes the attribute `event`")})),
    }
)
OWNTRACKS = open_object(
    {
        "_type": said(text(), "`location`; what is of another type is not stored"),
        "tst": optional(said(NUMBER, "seconds; missing: now")),
        "lat": optional(said(between(-90.0, 90.0), "degrees; without `lat` and `lon` the report has no position")),
        "lon": optional(said(between(-180.0, 180.0), "degrees")),
        "vel": optional(said(NUMBER, "km/h")),
        "cog": optional(said(NUMBER, DEGREES)),
        "alt": optional(said(NUMBER, "metres")),
        "acc": optional(said(NUMBER, "metres; 0: unknown")),
        "batt": optional(said(NUMBER, "percent, 0 to 100")),
        "bs": optional(said(INTEGER, "1 unplugged, 2 charging, 3 full; becomes the attribute `charge`")),
        "ign": optional(said(FLAG, "whether the ignition is on")),
        "motion": optional(said(FLAG, "what the motion sensor says")),
        "odometer": optional(said(NUMBER, "kilometres")),
        **{name: optional(said(NUMBER, "volts")) for name in ("uext", "ubatt")},
        "topic": optional(said(text(), "its third level is the device, unless the address or `X-Limit-D` names one")),
        "tid": optional(said(text(), "the device, where nothing else names one")),
    }
)
OVERLAND = open_object(
    {
        "locations": list_of(
            open_object(
                {
                    "geometry": optional(
                        open_object({"coordinates": said(list_of(NUMBER), "longitude, then latitude, in degrees")})
                    ),
                    "properties": open_object(
                        {
                            "timestamp": optional(said(text(), "ISO 8601; missing: now")),
                            "device_id": optional(said(text(), "the device, unless the address names one")),
                            "speed": optional(SPEED_MS),
                            "course": optional(said(NUMBER, f"{DEGREES}; negative: unknown")),
                            "altitude": optional(said(NUMBER, "metres")),
                            "horizontal_accuracy": optional(said(NUMBER, "metres; 0 or negative: unknown")),
                            "battery_level": optional(said(NUMBER, "0 to 1; negative: unknown")),
                            "battery_state": optional(said(text(), "becomes the attribute `charge`")),
                            "motion": optional(said(list_of(text()), "becomes an attribute")),
                        }
                    ),
                }
            )
        ),
    }
)
# What a device may measure up to sixteen times, with the unit.
_NUMBERED = {
    "analog": "volts, as a rule",
    "temperature": "degrees Celsius",
    "humidity": "percent",
    "fuel_level": "in the unit of the sensor",
    "fuel_temperature": "degrees Celsius",
    "impulse_counter": "impulses",
}
_NGP = named(
    "NgpMessage",
    open_object(
        {
            "message_time": said(text(), "ISO 8601, at UTC, ending in Z"),
            "device_id": NGP_DEVICE_ID,
            "version": optional(said(text(), "of the protocol; no effect")),
            "location": optional(
                said(
                    open_object(
                        {
                            "latitude": optional(said(between(-90.0, 90.0), "degrees")),
                            "longitude": optional(said(between(-180.0, 180.0), "degrees")),
                            "altitude": optional(said(between(-1000.0, 10_000.0), "metres")),
                            "speed": optional(said(between(0.0, 10_000.0), "km/h")),
                            "heading": optional(said(between(0.0, 360.0), DEGREES)),
                            "satellites": optional(
                                said(between(0, 64), "how many; with fewer than three the position does not count")
                            ),
                            "precision": optional(said(NUMBER, "metres; 0: unknown")),
                            "gnss_time": optional(said(text(), "of the position, ISO 8601")),
                            "fix_type": optional(
                                said(one_of(FixType), "with NO_FIX and LAST_KNOWN_POSITION there is no position")
                            ),
                            "source_type": optional(said(one_of(SourceType), "LBS: from cell towers")),
                            **{name: optional(said(NUMBER, "an attribute")) for name in ("hdop", "vdop", "pdop")},
                        }
                    ),
                    "without latitude and longitude the report has no position",
                )
            ),
            "battery_level": optional(said(between(0.0, 100.0), "percent")),
            "is_moving": optional(said(FLAG, "what the motion sensor says")),
            "hardware_mileage": optional(said(between(0.0, 1e9), "kilometres")),
            "input_status": optional(said(between(0, 2**32 - 1), "a bit per input, the lowest is input 1")),
            "output_status": optional(said(between(0, 2**32 - 1), "a bit per output, the lowest is output 1")),
            "mobile_cells": optional(
                list_of(
                    open_object(
                        {
                            **dict.fromkeys(("mcc", "mnc", "lac", "cell_id"), INTEGER),
                            "rssi": optional(said(NUMBER, "dBm; that of the first cell makes the signal level")),
                        }
                    )
                )
            ),
            "hardware_key": optional(said(text(), "the driver's key")),
            "event_id": optional(said(between(1, 2**31 - 1), "the code of an event")),
            **{name: optional(said(NUMBER, "volts")) for name in ("battery_voltage", "board_voltage")},
            "temperature_internal": optional(said(NUMBER, "degrees Celsius")),
            "humidity_internal": optional(said(NUMBER, "percent")),
            "custom_attributes": optional(
                said(
                    list_of(open_object({"type": text(), "value": ANYTHING, "id": optional(any_of(text(), INTEGER))})),
                    "become attributes, as does every member that is not listed here",
                )
            ),
        }
    ),
)
NGP: Schema = {
    **_NGP,
    "patternProperties": {
        rf"^{name}_([1-9]|1[0-6])$": {**said(NUMBER, unit), "x-name": f"{name}_1 to {name}_{MAX_NUMBERED}"}
        for name, unit in _NUMBERED.items()
    },
}
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
        methods=("post", "get"),
        query={"id": optional(DEVICE_ID), **OSMAND, "key": KEY},
        bodies={FORM: open_object({"id": DEVICE_ID, **OSMAND, "key": KEY}), JSON: OSMAND_JSON},
        success=REASON,
        statuses={
            400: "Device, place or time cannot be right, of a batch in all places, or the device is unknown.",
            404: "The device is unknown (JSON).",
        },
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
        bodies={
            JSON: said(any_of(NGP, list_of(ANYTHING)), "a message, or a list of such"),
            LINES: said(ANYTHING, "a message per line"),
        },
        success={**REASON, JSON: NGP_ANSWER},
        statuses={400: "No JSON, or a value is out of range."},
    ),
    WayInSchema(
        "owntracks",
        "A message of the OwnTracks app.",
        query={
            "id": optional(DEVICE_ID),
            "d": optional(said(text(), "as `id`, by the app's own recorder's name for it")),
            "key": KEY,
        },
        bodies={JSON: OWNTRACKS},
        success={JSON: list_of(ANYTHING)},
        statuses={400: "Device, place or time cannot be right.", 404: "The device is unknown."},
    ),
    WayInSchema(
        "overland",
        "A batch of places of the Overland app.",
        query={
            "id": optional(DEVICE_ID),
            "device_id": optional(said(text(), "as `id`")),
            "key": KEY,
        },
        bodies={JSON: OVERLAND},
        success={JSON: object_of({"result": one_of("ok")})},
        statuses={400: "No batch.", 404: "The devices of all places are unknown."},
    ),
)
