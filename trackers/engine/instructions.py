"""Instructions to devices: what may be told them, how it gets there, and what comes of it. Pure.

The vendor calls an instruction a command, which here is what a client asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import msgspec

MAX_LENGTH = 1_000
"""Characters of a text, or hex digits."""
MAX_ANSWER = 1_000
"""Characters of what the device says to it."""
MAX_REASON = 255
OUTPUT_LIFETIME = timedelta(minutes=1)
"""The device is to be online (records §13.1): an output that is switched later than this surprises somebody."""
PAUSES = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""After which another copy is sent to a device that does not say that it has got one."""
RETRY = timedelta(seconds=30)
"""After what did not get out."""


class Carrier(StrEnum):
    """By what way instructions reach a device."""

    MQTT = "mqtt"
    TRACCAR = "traccar"


class InstructionKind(StrEnum):
    """How what is wanted is written down."""

    TEXT = "text"
    HEX = "hex"
    OUTPUTS = "output"


class InstructionStatus(StrEnum):
    """Where an instruction is, or what came of it."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a device is to do."""

    kind: InstructionKind
    body: str
    """The text, the hex digits, or the outputs: JSON of truth values by number."""

    @property
    def outputs(self) -> dict[str, bool]:
        """By number, from 1 on; of one that is about outputs."""
        return msgspec.json.decode(self.body, type=dict[str, bool])


def wanted_outputs(first: int, states: Sequence[bool]) -> Wanted:
    """Outputs in a row, on or off, of which the first has this number."""
    numbered = {str(first + index): is_on for index, is_on in enumerate(states)}
    return Wanted(InstructionKind.OUTPUTS, msgspec.json.encode(numbered).decode())


def next_copy_after(copies: int) -> timedelta | None:
    """When another copy is due, after so many were sent; None: these were all."""
    return PAUSES[copies - 1] if copies <= len(PAUSES) else None
