"""What `parameters` of a sensor may hold, by the names of the API (api §3.5). Pure."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from trackers.engine.sensors import CalcMethod
from trackers.reports.values import Number

MAX_BIT = 64
MAX_GAP_MINUTES = 1440

SensorId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Title(Struct, frozen=True):
    """What a value of a virtual sensor is called."""

    value: str
    title: str


class MeteringParameters(Struct, frozen=True, omit_defaults=True):
    """What belongs to fuel alone, from `volume` on, is kept and given back; nothing here depends on it."""

    parent_ids: tuple[SensorId, ...] = ()
    min: Number | None = None
    max: Number | None = None
    volume: Number | None = None
    max_lowering_by_time: Number | None = None
    max_lowering_by_mileage: Number | None = None
    ignore_drains_in_move: bool = False
    ignore_refuels_in_move: bool = False
    refuel_gap_minutes: Annotated[int, Meta(ge=0, le=MAX_GAP_MINUTES)] = 5
    custom_field_name: bool = False
    """Whether the input has the device's own name; stored in a column."""


class VirtualParameters(Struct, frozen=True, omit_defaults=True):
    calc_method: CalcMethod = CalcMethod.IDENTITY
    range_from: Number | None = None
    range_to: Number | None = None
    bit_index: Annotated[int, Meta(ge=1, le=MAX_BIT)] | None = None
    value_titles: tuple[Title, ...] = ()
