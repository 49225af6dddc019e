"""The OwnTracks app, over HTTP and MQTT: messages of which locations are reports (api §6.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trackers.reports.documents import decode_loosely
from trackers.reports.osmand import ALTITUDES, MAX_PRECISION_M
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    Believed,
    known_precision,
    read_device_id,
    read_moment,
    read_place,
    rounded,
)

TOPIC = "owntracks"
LOCATION = "location"
MAX_SPEED_KMH = 10_000
# What the app calls the states of a battery; 0 is unknown.
_CHARGE = {1: False, 2: True, 3: True}
_MEASUREMENTS = {"uext": "board_voltage", "ubatt": "battery_voltage", "rpm": "rpm"}
_KNOWN = frozenset(_MEASUREMENTS) | {
    "_type", "_id", "topic", "tid", "tst", "created_at", "lat", "lon", "acc", "alt", "vel", "cog", "batt", "bs", "ign",
    "motion", "odometer", "inregions", "inrids", "image", "poi", "face",
}  # fmt: skip


def parse_message(body: bytes, device_id: str, *, now: datetime) -> Report | None:
    """The report in a message; None for one that is no location, an empty one among them.

    Without a `device_id` the message names the device: by the last part of its topic, else by its tracker id. Device,
    place and time decide: raises ReportError for one of these that cannot be. Speed is km/h, the odometer km.
    """
    if not body.strip():
        return None
    message = decode_loosely(body)
    if not isinstance(message, dict):
        raise ReportError("body", "must be an object")
    if message.get("_type") != LOCATION:
        return None
    believed = Believed()
    odometer = believed.number("odometer", message.get("odometer"), low=0, high=1e12)
    report = Report(
        device_id=read_device_id(device_id or _named_device(message), "tid"),
        time=read_moment(message["tst"], "tst") if message.get("tst") not in (None, "") else now,
        fix=_read_fix(message, believed),
        battery_percent=rounded(believed.number("batt", message.get("batt"), low=0, high=100)),
        ignition=believed.flag("ign", message.get("ign")),
        is_moving=believed.flag("motion", message.get("motion")),
        mileage_km=odometer,
        measurements=_read_measurements(message, believed),
        attributes=believed.attributes(_more_attributes(message)),
    )
    return believed.note(report)


def _named_device(message: Mapping[str, Any]) -> Any:
    topic = message.get("topic")
    return device_of_topic(topic) if isinstance(topic, str) and topic else message.get("tid")


def device_of_topic(topic: str) -> str:
    """The device in `owntracks/USER/DEVICE`; what the app says of itself comes on topics with one part more."""
    parts = topic.strip("/").split("/")
    return parts[2] if len(parts) > 2 else parts[-1]


def _read_fix(message: Mapping[str, Any], believed: Believed) -> Fix | None:
    place = read_place(message.get("lat"), message.get("lon"), ("lat", "lon"))
    if place is None:
        return None
    return Fix(
        *place,
        speed_kmh=believed.number("vel", message.get("vel"), low=0, high=MAX_SPEED_KMH),
        heading_degrees=rounded(believed.number("cog", message.get("cog"), low=0, high=360)),
        altitude_m=rounded(believed.number("alt", message.get("alt"), **ALTITUDES)),
        precision_m=known_precision(believed.number("acc", message.get("acc"), low=0, high=MAX_PRECISION_M)),
    )


def _read_measurements(message: Mapping[str, Any], believed: Believed) -> dict[str, float]:
    read = {
        input_name: believed.number(name, message.get(name), low=-1e15, high=1e15)
        for name, input_name in _MEASUREMENTS.items()
    }
    return {name: value for name, value in read.items() if value is not None}


def _more_attributes(message: Mapping[str, Any]) -> list[tuple[str, Any]]:
    state = message.get("bs")
    charge = _CHARGE.get(state) if isinstance(state, int) else None
    others = [(name, value) for name, value in message.items() if name not in _KNOWN]
    return [("charge", charge), *((name, value) for name, value in others if not isinstance(value, dict | list))]
