"""The Overland app: batches of places as GeoJSON (api §6.5). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trackers.reports.documents import decode_loosely
from trackers.reports.osmand import ALTITUDES, MAX_PRECISION_M, MAX_SPEED
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    KMH_PER_METRE_PER_SECOND,
    Believed,
    known_precision,
    read_device_id,
    read_moment,
    read_place,
    rounded,
)

# What the app calls the states of a battery; others are unknown.
_CHARGE = {"charging": True, "full": True, "unplugged": False}
_KNOWN = frozenset(
    ["device_id", "timestamp", "altitude", "speed", "course", "horizontal_accuracy", "vertical_accuracy",
     "speed_accuracy", "course_accuracy", "battery_level", "battery_state", "motion", "locations_in_payload", "type"]
)  # fmt: skip


def split_batch(body: bytes) -> list[Any]:
    """The features of a batch that are places; trips, which it tells among them, are not. Raises ReportError."""
    content = decode_loosely(body)
    if isinstance(content, dict):
        # Apps that follow Overland call it otherwise, or send one place alone.
        features = next((content[name] for name in ("locations", "location", "features") if name in content), None)
        features = [features] if isinstance(features, dict) else features
    else:
        features = content
    if not isinstance(features, list):
        raise ReportError("locations", "must be a list")
    return [feature for feature in features if not _is_trip(feature)]


def _is_trip(feature: Any) -> bool:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return isinstance(properties, dict) and properties.get("type") == "trip"


def parse_feature(feature: Any, device_id: str, *, now: datetime) -> Report:
    """The report in a feature; `device_id` names the device of an app that has no name of its own.

    Device, place and time decide: raises ReportError for one of these that cannot be. Speed is m/s.
    """
    if not isinstance(feature, dict) or not isinstance(properties := feature.get("properties"), dict):
        raise ReportError("properties", "must be an object")
    believed = Believed()
    told = properties.get("timestamp")
    level = believed.number("battery_level", properties.get("battery_level"), low=0, high=1)
    report = Report(
        device_id=read_device_id(properties.get("device_id") or device_id, "device_id"),
        time=now if told in (None, "") else read_moment(told, "timestamp"),
        fix=_read_fix(feature, properties, believed),
        battery_percent=None if level is None else rounded(level * 100),
        attributes=believed.attributes(_more_attributes(properties, believed)),
    )
    return believed.note(report)


def _read_fix(feature: Mapping[str, Any], properties: Mapping[str, Any], believed: Believed) -> Fix | None:
    place = _read_place(feature.get("geometry"), believed)
    if place is None:
        return None
    speed = believed.number("speed", properties.get("speed"), low=0, high=MAX_SPEED)
    precision = properties.get("horizontal_accuracy")
    return Fix(
        *place,
        speed_kmh=None if speed is None else speed * KMH_PER_METRE_PER_SECOND,
        heading_degrees=rounded(believed.number("course", properties.get("course"), low=0, high=360)),
        altitude_m=rounded(believed.number("altitude", properties.get("altitude"), **ALTITUDES)),
        precision_m=known_precision(believed.number("horizontal_accuracy", precision, low=0, high=MAX_PRECISION_M)),
    )


def _read_place(geometry: Any, believed: Believed) -> tuple[float, float] | None:
    coordinates = believed.members("geometry", geometry).get("coordinates")
    if coordinates is None or coordinates == []:
        return None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise ReportError("geometry.coordinates", "must be longitude and latitude")
    return read_place(coordinates[1], coordinates[0], ("geometry.coordinates.1", "geometry.coordinates.0"))


def _more_attributes(properties: Mapping[str, Any], believed: Believed) -> list[tuple[str, Any]]:
    motion = properties.get("motion")
    if isinstance(motion, list):
        motion = ",".join(str(one) for one in motion)
    state = properties.get("battery_state")
    others = [(name, value) for name, value in properties.items() if name not in _KNOWN]
    return [
        ("motion", believed.text("motion", motion)),
        ("charge", _CHARGE.get(state) if isinstance(state, str) else None),
        *((name, value) for name, value in others if not isinstance(value, dict | list)),
    ]
