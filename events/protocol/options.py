"""Options of a subscription, and the parameters of a request by which a client sets them (api §4.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypedDict, TypeVar

from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters, check_text
from accounts.wire.schema import Optional as OptionalField
from accounts.wire.schema import any_of, list_of, named, open_object, optional, said
from accounts.wire.terms import FLAG, ID, Schema, one_of, text
from events.protocol.area import AREA_TARGET, Area, read_area
from events.protocol.rates import DEFAULT_RATE, parse_rate
from events.protocol.style import ItemShape
from trackers.rendering.schema import COMPACT_STATE, STATE
from trackers.rendering.states import StateFormat

MAX_RATE_CHARACTERS = 64
LISTED_IDS = list_of(ID, least=1)
COMPACT_LACKS = sorted(STATE["properties"].keys() - COMPACT_STATE["properties"].keys())

Choice = TypeVar("Choice", bound=StrEnum)


class Common(TypedDict):
    """What a command says once, for all that it asks for."""

    iso: bool
    is_numbered: bool
    tells_cause: bool


@dataclass(frozen=True, slots=True)
class Options:
    """How the events of a subscription are written. A type with parameters of its own extends it."""

    form: StateFormat = StateFormat.FULL
    iso: bool = False
    is_numbered: bool = False
    """Whether events have numbers, and name the tracker."""
    tells_cause: bool = False
    """Whether `logout` says why."""


@dataclass(frozen=True, slots=True)
class PacedOptions(Options):
    """Options of a subscription whose events come as batches."""

    rate: timedelta = DEFAULT_RATE
    """The least time between two batches."""


@dataclass(frozen=True, slots=True)
class BatchOptions(PacedOptions):
    """Options of a subscription whose batches hold an item per tracker."""

    item: ItemShape | None = None
    """The shape of the items; None: as the server has it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a request: how it is read, and how it is described."""

    name: str
    """On the wire."""
    option: str
    """The field of the options that it sets."""
    read: Callable[[str, Any], Any]
    """From its full name and what a client sent to the option's value. Raises ApiError 7."""
    schema: Schema | OptionalField


def read_choice(choices: type[Choice], name: str, value: Any) -> Choice:
    """One of the values of an enumeration. Raises ApiError INVALID_PARAMETERS."""
    try:
        return choices(value)
    except ValueError as error:
        raise invalid_parameter(name, f"must be one of {', '.join(choices)}") from error


def read_flag(name: str, value: Any) -> bool:
    """True or false. Raises ApiError INVALID_PARAMETERS."""
    return Parameters({name: value}).read(name, FLAG)


def read_ids(name: str, value: Any) -> tuple[int, ...]:
    """Ids in the order given, each once. Raises ApiError INVALID_PARAMETERS when there are none."""
    return tuple(dict.fromkeys(Parameters({name: value}).read(name, LISTED_IDS)))


def _read_target(name: str, value: Any, types: str = "all or selected") -> tuple[int, ...] | None:
    if not isinstance(value, dict):
        raise invalid_parameter(name, "must be an object")
    if value.get("type") == "all":
        return None
    if value.get("type") != "selected":
        raise invalid_parameter(f"{name}.type", f"must be {types}")
    return read_ids(f"{name}.tracker_ids", value.get("tracker_ids"))


def _read_target_or_area(name: str, value: Any) -> tuple[int, ...] | Area | None:
    if isinstance(value, dict) and value.get("type") == "area":
        return read_area(name, value)
    return _read_target(name, value, "all, selected or area")


def _read_rate(name: str, value: Any) -> timedelta:
    try:
        return parse_rate(check_text(name, value, max_length=MAX_RATE_CHARACTERS))
    except ValueError as error:
        raise invalid_parameter(name, "must be a span of time as 500ms, 5s, 2m or 1h") from error


TRACKERS = Parameter("trackers", "tracker_ids", read_ids, LISTED_IDS)
_TARGETS = (
    open_object({"type": one_of("all")}),
    open_object({"type": one_of("selected"), "tracker_ids": LISTED_IDS}),
)
TARGET = Parameter("target", "tracker_ids", _read_target, named("Target", any_of(*_TARGETS)))
TARGET_OR_AREA = Parameter(
    "target",
    "tracker_ids",
    _read_target_or_area,
    named("TargetOrArea", any_of(*_TARGETS, named("AreaTarget", AREA_TARGET))),
)
FORMAT = Parameter(
    "format",
    "form",
    lambda name, value: read_choice(StateFormat, name, value),
    optional(
        said(one_of(StateFormat), f"compact leaves out {', '.join(f'`{name}`' for name in COMPACT_LACKS)}"),
        default="full",
    ),
)
ITEM = Parameter(
    "item",
    "item",
    lambda name, value: read_choice(ItemShape, name, value),
    optional(
        said(
            one_of(ItemShape),
            "the shape of the items: `event` with the ids of the tracker, or the older one without; as the setting"
            " `STATE_BATCH_ITEM` has it, if none is given",
        )
    ),
)
RATE_LIMIT = Parameter(
    "rate_limit",
    "rate",
    _read_rate,
    optional(
        said(
            text(MAX_RATE_CHARACTERS, pattern=r"^([1-9][0-9]{0,9}(ms|s|m|h)|PT[0-9].*)$", shape="a span of time"),
            "the least time between two batches: `500ms`, `5s`, `2m`, `1h` or `PT5S`; 0.1 s to 1 h",
        ),
        default="1s",
    ),
)
