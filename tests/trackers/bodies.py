"""Bodies of requests as devices and servers send them."""

from __future__ import annotations

from typing import Any


def ngp_message(device_id: str, time: str = "2024-05-02T08:15:00Z", **members: Any) -> dict[str, Any]:
    """A message of the generic protocol."""
    location = {"latitude": 52.5, "longitude": 13.4, "satellites": 9, "speed": 36.0, "heading": 90}
    return {"message_time": time, "device_id": device_id, "version": "1.2", "location": location, **members}


def phone_document(device_id: str, time: str = "2024-05-02T08:15:00.000Z", **coords: Any) -> dict[str, Any]:
    """What the Traccar Client app sends as JSON."""
    known = {"latitude": 52.5, "longitude": 13.4, "altitude": 35.0, "accuracy": 12.0, "speed": 10.0, "heading": 90.0}
    location = {"timestamp": time, "coords": {**known, **coords}, "battery": {"level": 0.5, "is_charging": False}}
    return {"device_id": device_id, "location": {**location, "is_moving": True, "odometer": 0, "extras": {}}}


def traccar_position(
    device_id: str,
    time: str = "2024-05-02T08:15:00.000+00:00",
    fix_time: str | None = None,
    attributes: dict[str, Any] | None = None,
    **members: Any,
) -> dict[str, Any]:
    """What Traccar forwards of a position; the fix is as old as the report unless said otherwise."""
    position = {
        "id": 0, "deviceId": 12, "protocol": "teltonika", "serverTime": time, "deviceTime": time,
        "fixTime": fix_time or time, "valid": True, "latitude": 52.5, "longitude": 13.4, "altitude": 35.0,
        "speed": 10.0, "course": 90.0, "address": None, "accuracy": 0.0, "network": None, "geofenceIds": None,
        "attributes": {"sat": 9, "batteryLevel": 50, **(attributes or {})},
    }  # fmt: skip
    device = {"id": 12, "groupId": 0, "name": "Van", "uniqueId": device_id, "status": "online", "disabled": False}
    return {"position": {**position, **members}, "device": device}


def owntracks_location(device_id: str, time: int = 1714637700, **members: Any) -> dict[str, Any]:
    """What the OwnTracks app sends of a place."""
    location = {"_type": "location", "lat": 52.5, "lon": 13.4, "tst": time, "vel": 36, "cog": 90, "acc": 12, "batt": 50}
    return {**location, "tid": "ph", "topic": f"owntracks/jane/{device_id}", "conn": "m", **members}


def overland_batch(*device_ids: str, time: str = "2024-05-02T08:15:00Z", **properties: Any) -> dict[str, Any]:
    """What the Overland app sends: a place of each of the devices."""
    known = {"timestamp": time, "speed": 10, "course": 90, "altitude": 35, "horizontal_accuracy": 12}
    more = {"battery_level": 0.5, "battery_state": "unplugged", "motion": ["driving"], **properties}
    return {
        "locations": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [13.4, 52.5]},
                "properties": {**known, **more, "device_id": device_id},
            }
            for device_id in device_ids
        ]
    }
