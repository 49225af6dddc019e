"""Zones as programs send them, in tests."""

from __future__ import annotations

import math
from typing import Any

CIRCLE: dict[str, Any] = {"type": "circle", "label": "Depot", "radius": 100, "center": {"lat": 47.5, "lng": 19.0}}
POLYGON: dict[str, Any] = {"type": "polygon", "label": "Yard"}
SAUSAGE: dict[str, Any] = {"type": "sausage", "label": "Road", "radius": 50}
SQUARE = [
    {"lat": 47.0, "lng": 19.0},
    {"lat": 47.0, "lng": 19.1},
    {"lat": 47.1, "lng": 19.1},
    {"lat": 47.1, "lng": 19.0},
]
LINE = [{"lat": 47.0, "lng": 19.0}, {"lat": 47.2, "lng": 19.2}]


def ring(count: int, *, latitude: float = 47.0, longitude: float = 19.0, size: float = 0.1) -> list[dict[str, float]]:
    """A border of so many different points."""
    angles = [2 * math.pi * number / count for number in range(count)]
    return [{"lat": latitude + size * math.sin(one), "lng": longitude + size * math.cos(one)} for one in angles]
