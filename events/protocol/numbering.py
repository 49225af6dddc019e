"""Numbers on events, by which a client can tell that one was lost; for those that ask (docs/decisions/0051)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import check_boolean, check_integer, check_text
from accounts.wire.schema import any_of, open_object, optional, record, said
from accounts.wire.terms import FLAG, Schema, text

MAX_EPOCH_CHARACTERS = 32
_AT_END = re.compile(r',"sequence":(\d{1,18})\}\Z')

_EPOCH = said(text(MAX_EPOCH_CHARACTERS), "tells one numbering from another")
_NUMBER: Schema = {"type": "integer", "minimum": 0}
NUMBER_OF_EVENT = optional(said(_NUMBER, "one more than of the event before, where `sequence` was asked for"))
ASKED = optional(
    said(
        any_of(FLAG, open_object({"epoch": _EPOCH, "number": said(_NUMBER, "of the last event that came")})),
        "asks for numbers on events, and for `tracker_id`; where a client is back, with what it heard last",
    )
)
ANSWERED = optional(
    record(
        "Sequence",
        epoch=_EPOCH,
        number=said(_NUMBER, "of the last event; the next one has one more"),
        recovered=optional(
            said(FLAG, "whether nothing was lost since; if not, all current states follow, as for a new subscription")
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a numbering a client is, or its server."""

    epoch: str
    number: int
    """Of the last event."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """That a command asks for numbers."""

    heard: Place | None = None
    """What its client heard last; None: it begins."""


def read_sequence(value: Any) -> Sequence | None:
    """What a command says of numbers. Raises ApiError INVALID_PARAMETERS."""
    if not isinstance(value, dict):
        return Sequence() if value is not None and check_boolean("sequence", value) else None
    epoch = check_text("sequence.epoch", value.get("epoch"), max_length=MAX_EPOCH_CHARACTERS)
    number = check_integer("sequence.number", value.get("number"))
    if number < 0:
        raise invalid_parameter("sequence.number", "must not be negative")
    return Sequence(Place(epoch, number))


def numbered(event: str, number: int) -> str:
    """An event that is encoded already, with a number."""
    return f'{event[:-1]},"sequence":{number}}}'


def number_of(message: str) -> int | None:
    """The number of an event that has one."""
    found = _AT_END.search(message, max(0, len(message) - 40))
    return int(found[1]) if found else None


def unnumbered(event: str) -> str:
    """The event without its number, if it has one."""
    return _AT_END.sub("}", event)


def with_tracker(event: str, tracker_id: int) -> str:
    """An event about one source that is encoded already, with the tracker by which its client sees it."""
    return f'{event[:-1]},"tracker_id":{tracker_id}}}'
