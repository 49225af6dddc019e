"""OsmAnd's protocol, which the Traccar Client app speaks too: in a query, or as JSON (api §6.2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trackers.reports.documents import decode_loosely
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import (
    KMH_PER_KNOT,
    KMH_PER_METRE_PER_SECOND,
    Believed,
    as_number,
    known_precision,
    read_device_id,
    read_moment,
    read_place,
    rounded,
    signal_percent,
)

METRES_PER_KM = 1000
MAX_SPEED = 10_000
MAX_PRECISION_M = 10_000_000
ALTITUDES = {"low": -20_000, "high": 100_000}

# Fields with a meaning of their own; all others become attributes.
_KNOWN = frozenset(
    [
        "id",
        "deviceid",
        "key",
        "timestamp",
        "lat",
        "lon",
        "location",
        "valid",
        "speed",
        "bearing",
        "heading",
        "altitude",
        "accuracy",
        "batt",
        "ignition",
        "sat",
        "cell",
        "wifi",
        "driverUniqueId",
        "notificationToken",
    ]
)
# Under which of these the places come, is a setting of the app.
_PLACES = ("location", "locations", "data")
_FLAT = {
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng"),
    **{name: (name,) for name in ("speed", "heading", "altitude", "accuracy")},
}
# As receivers write it: active and void.
_VALIDITY = {"a": "true", "v": "false"}


def parse_query(fields: Mapping[str, str], *, now: datetime) -> Report:
    """The report in the parameters of one request; `now` stands in for a missing time.

    Device, place and time decide: raises ReportError, naming the field, for one of these that cannot be. What else
    cannot be right is unknown. Speed is taken to be in knots.
    """
    fields = {name.strip(): text for name, text in fields.items()}
    believed = Believed()
    device_id = read_device_id(fields.get("id") or fields.get("deviceid"), "id")
    report = Report(
        device_id=device_id,
        time=read_moment(fields["timestamp"], "timestamp") if fields.get("timestamp", "").strip() else now,
        fix=_parse_fix(fields, believed),
        battery_percent=rounded(believed.number("batt", fields.get("batt"), low=0, high=100)),
        ignition=believed.flag("ignition", fields.get("ignition")),
        gsm_percent=_parse_cell(fields, believed),
        hardware_key=fields.get("driverUniqueId") or None,
        attributes=believed.attributes((name, _read_value(fields[name])) for name in fields if name not in _KNOWN),
    )
    return believed.note(report)


def _parse_fix(fields: Mapping[str, str], believed: Believed) -> Fix | None:
    valid = fields.get("valid", "")
    is_valid = believed.flag("valid", _VALIDITY.get(valid.strip().lower(), valid))
    place = None if is_valid is False else _parse_place(fields, believed)
    if place is None:
        return None
    speed = believed.number("speed", fields.get("speed"), low=0, high=MAX_SPEED)
    course = "bearing" if fields.get("bearing") else "heading"
    return Fix(
        *place,
        speed_kmh=None if speed is None else speed * KMH_PER_KNOT,
        heading_degrees=rounded(believed.number(course, fields.get(course), low=0, high=360)),
        altitude_m=rounded(believed.number("altitude", fields.get("altitude"), **ALTITUDES)),
        satellites=rounded(believed.number("sat", fields.get("sat"), low=0, high=255)),
        precision_m=known_precision(believed.number("accuracy", fields.get("accuracy"), low=0, high=MAX_PRECISION_M)),
        has_assumed_unit=True,
    )


def _parse_place(fields: Mapping[str, str], believed: Believed) -> tuple[float, float] | None:
    latitude, longitude = fields.get("lat"), fields.get("lon")
    if fields.get("location"):
        latitude, comma, longitude = fields["location"].partition(",")
        if not comma:
            raise ReportError("location", "must be latitude,longitude")
    place = read_place(latitude, longitude, ("lat", "lon"))
    if place is None and (latitude or longitude):
        believed.leave_out("lat")
    return place


def _parse_cell(fields: Mapping[str, str], believed: Believed) -> int | None:
    """The signal in `mcc,mnc,lac,cellid,dBm`; the last part may be missing."""
    *cell, strength = fields.get("cell", "").split(",")
    return signal_percent(believed.number("cell", strength, low=-200, high=0)) if len(cell) == 4 else None


def _read_value(text: str) -> float | bool | str:
    """A number, else a truth value, else the text itself (Traccar's order)."""
    if text in ("true", "false"):
        return text == "true"
    number = as_number(text)
    return text if number is None else number


@dataclass(frozen=True, slots=True)
class Locations:
    """What a JSON body brings: places, still to be read, and the device that they are of."""

    items: list[Any]
    device_id: Any
    """As the body says it for all of them; None where it does not."""
    is_batch: bool
    """Whether they came as a list, which the app sends again as a whole."""


def split_json(body: bytes) -> Locations:
    """The places in the JSON form of newer Traccar Clients, or of other apps on the same library. Raises ReportError.

    These send one place or, in batches, a list; under `location`, another name that the app chose, or none.
    """
    content = decode_loosely(body)
    if isinstance(content, list):
        return Locations([place for item in content for place in _unwrap(item)], None, is_batch=True)
    if not isinstance(content, dict):
        raise ReportError("body", "must be an object")
    place = next((content[name] for name in _PLACES if name in content), content if _is_place(content) else None)
    if isinstance(place, list):
        return Locations(place, content.get("device_id"), is_batch=True)
    if not isinstance(place, dict):
        raise ReportError("location", "is missing" if place is None else "must be an object")
    return Locations([place], content.get("device_id"), is_batch=False)


def _is_place(content: Mapping[str, Any]) -> bool:
    return "coords" in content or any(name in content for name in _FLAT["latitude"])


def _unwrap(item: Any) -> list[Any]:
    """The places in an item of a list, which may have the place, or a list of such, as a member."""
    place = item.get("location") if isinstance(item, dict) else None
    if place is None:
        return [item]
    device_id = item.get("device_id")
    places = place if isinstance(place, list) else [place]
    return [{"device_id": device_id, **one} if isinstance(one, dict) and device_id else one for one in places]


def parse_location(location: Any, device_id: Any, *, now: datetime) -> Report:
    """The report in one place. Speed comes in m/s, a battery's level from 0 to 1.

    `device_id` names the device, unless that is None: then the place does. Device, place and time decide, as in a
    query; `now` stands in for a missing time. Raises ReportError.
    """
    if not isinstance(location, dict):
        raise ReportError("location", "must be an object")
    believed = Believed()
    timestamp = location.get("timestamp", location.get("time"))
    battery = believed.members("location.battery", location.get("battery"))
    level = believed.number("location.battery.level", battery.get("level"), low=0, high=1)
    odometer_m = believed.number("location.odometer", location.get("odometer"), low=0, high=1e15)
    report = Report(
        device_id=read_device_id(_named_device(location) if device_id is None else device_id, "device_id"),
        time=now if timestamp in (None, "") else read_moment(timestamp, "location.timestamp"),
        fix=_read_fix(location, believed),
        battery_percent=None if level is None else rounded(level * 100),
        is_moving=believed.flag("location.is_moving", location.get("is_moving")),
        mileage_km=None if odometer_m is None else odometer_m / METRES_PER_KM,
        attributes=believed.attributes(_more_attributes(location, battery, believed).items()),
    )
    return believed.note(report)


def _named_device(location: Mapping[str, Any]) -> Any:
    extras = location.get("extras")
    inner = extras.get("device_id") if isinstance(extras, dict) else None
    return location.get("device_id", inner)


def _flat_coords(location: Mapping[str, Any]) -> dict[str, Any]:
    """The coordinates in a place that has them beside all else, as apps write it by templates of their own."""
    return {name: next((location[one] for one in names if one in location), None) for name, names in _FLAT.items()}


def _read_fix(location: Mapping[str, Any], believed: Believed) -> Fix | None:
    name = "location.coords"
    coords = believed.members(name, location.get("coords")) if "coords" in location else _flat_coords(location)
    place = read_place(coords.get("latitude"), coords.get("longitude"), (f"{name}.latitude", f"{name}.longitude"))
    if place is None:
        return None
    speed = believed.number(f"{name}.speed", coords.get("speed"), low=0, high=MAX_SPEED)
    precision = believed.number(f"{name}.accuracy", coords.get("accuracy"), low=0, high=MAX_PRECISION_M)
    return Fix(
        *place,
        speed_kmh=None if speed is None else speed * KMH_PER_METRE_PER_SECOND,
        heading_degrees=rounded(believed.number(f"{name}.heading", coords.get("heading"), low=0, high=360)),
        altitude_m=rounded(believed.number(f"{name}.altitude", coords.get("altitude"), **ALTITUDES)),
        precision_m=known_precision(precision),
    )


def _more_attributes(location: Mapping[str, Any], battery: Mapping[str, Any], believed: Believed) -> dict[str, Any]:
    extras = believed.members("location.extras", location.get("extras"))
    activity = location.get("activity")
    kind = activity if isinstance(activity, str) else believed.members("location.activity", activity).get("type")
    return {name: value for name, value in extras.items() if not isinstance(value, dict | list)} | {
        "event": believed.text("location.event", location.get("event")),
        "mock": believed.flag("location.mock", location.get("mock")),
        "activity": believed.text("location.activity.type", kind),
        "charge": believed.flag("location.battery.is_charging", battery.get("is_charging")),
        "alarm": believed.text("location.alarm", location.get("alarm")),
    }
