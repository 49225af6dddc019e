"""What `parameters` of a sensor may hold, by the names of the API, described (api §3.5). Pure."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from accounts.wire.schema import list_of, object_of, said
from accounts.wire.terms import FLAG, ID, NUMBER, between, one_of, printable
from trackers.engine.sensors import CalcMethod
from trackers.reports.values import Number

MAX_BIT = 64
MAX_GAP_MINUTES = 1440
MAX_TITLES = 100
MAX_TITLE_LENGTH = 64
MAX_PARENTS = 32
TITLE = printable(MAX_TITLE_LENGTH)
CUSTOM = said(FLAG, "`input_name` is the device's own word")
_PARENTS = said(list_of(ID, most=MAX_PARENTS), "of the sensors that this one sums up")
_METHOD = said(one_of(CalcMethod), "`identity` if none is given")
_TITLES = list_of(object_of({"value": TITLE, "title": TITLE}), most=MAX_TITLES)

SensorId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Title(Struct, frozen=True):
    """What a value of a virtual sensor is called."""

    value: str
    title: str


class MeteringParameters(Struct, frozen=True, omit_defaults=True):
    """What belongs to fuel alone, from `volume` on, is kept and given back; nothing here depends on it."""

    parent_ids: Annotated[tuple[SensorId, ...], _PARENTS] = ()
    min: Annotated[Number | None, said(NUMBER, "less is not believed")] = None
    max: Annotated[Number | None, said(NUMBER, "more is not believed")] = None
    volume: Annotated[Number | None, said(NUMBER, "kept, without effect, as are the next five")] = None
    max_lowering_by_time: Annotated[Number | None, NUMBER] = None
    max_lowering_by_mileage: Annotated[Number | None, NUMBER] = None
    ignore_drains_in_move: Annotated[bool, FLAG] = False
    ignore_refuels_in_move: Annotated[bool, FLAG] = False
    refuel_gap_minutes: Annotated[int, Meta(ge=0, le=MAX_GAP_MINUTES), between(0, MAX_GAP_MINUTES)] = 5
    custom_field_name: Annotated[bool, CUSTOM] = False
    """Whether the input has the device's own name; stored in a column."""


class VirtualParameters(Struct, frozen=True, omit_defaults=True):
    calc_method: Annotated[CalcMethod, _METHOD] = CalcMethod.IDENTITY
    range_from: Annotated[Number | None, NUMBER] = None
    range_to: Annotated[Number | None, NUMBER] = None
    bit_index: Annotated[Annotated[int, Meta(ge=1, le=MAX_BIT)] | None, between(1, MAX_BIT)] = None
    value_titles: Annotated[tuple[Title, ...], _TITLES] = ()
