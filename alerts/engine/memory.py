"""What a rule knows of a tracker, so that a restart changes nothing (alerts §5.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import msgspec


class Phase(msgspec.Struct, frozen=True, array_like=True, gc=False, omit_defaults=True):
    """Whether something is so that a rule looks at: inside a zone, too fast, parked for too long."""

    is_on: bool
    is_told: bool
    """What was told last; where it differs a reset timer was running, and the next report tells it."""
    since: datetime | None = None


class Memory(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is so by what the rule has seen, what of it was told, and when."""

    phases: Mapping[str, Phase] = {}
    """By what they are of: a zone's id, or a name."""
    fired_at: Mapping[str, datetime] = {}
    """The newest alert of each kind of event, from which its reset timer runs."""
    due_at: datetime | None = None
    """When time alone may fire the rule."""


NOTHING = Memory()
NO_DOCUMENT = "{}"
"""What NOTHING is stored as."""
_decode = msgspec.json.Decoder(Memory).decode


def encode_memory(memory: Memory) -> str:
    """The document in which it is stored."""
    return msgspec.json.encode(memory).decode()


# Most remember the same: nothing, or that they were somewhere.
@lru_cache(maxsize=100_000)
def decode_memory(document: str) -> Memory:
    """What is in a stored document."""
    return _decode(document)
