"""Styles of writing: what makes two viewers read an event alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from trackers.rendering.states import StateFormat

MAX_CACHED_STYLES = 1_000


class ItemShape(StrEnum):
    """Shape of what a batch holds of one tracker (api §7.2, §7.3)."""

    EVENT = "event"
    """With the tracker's ids beside it."""
    STATE = "state"
    """Bare, which some clients were written for."""


@dataclass(frozen=True, eq=False)
class Style:
    """Format, zone and form of dates. `style_of` gives out one object of each, so that it is its own key."""

    form: StateFormat
    time_zone: str
    iso: bool

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@lru_cache(maxsize=MAX_CACHED_STYLES)
def style_of(form: StateFormat, time_zone: str, iso: bool) -> Style:
    """The style that reads states in this format, zone and form of dates."""
    return Style(form, time_zone, iso)
