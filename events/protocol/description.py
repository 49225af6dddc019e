"""Descriptions of messages: what every one of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.wire.schema import Fields, object_of, optional, said
from accounts.wire.terms import DATE, ID, Schema, one_of
from events.protocol.numbering import NUMBER_OF_EVENT

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class MessageSchema:
    """A message, or a frame that is none, as a program can read it."""

    name: str
    summary: str
    payload: Schema
    example: Any
    content_type: str = JSON


def event_schema(
    name: str, data: Schema, *, has_time: bool = True, has_tracker: bool = False, more: Fields | None = None
) -> Schema:
    """The schema of an event.

    `has_time` says whether it tells the time, `has_tracker` whether it names the one tracker that it is about to who
    asked for numbers; `more` are fields of its own beside `data`.
    """
    time = {"user_time": said(DATE, "now, for the owner of the hash")} if has_time else {}
    tracker: Fields = {"tracker_id": optional(said(ID, "where `sequence` was asked for"))} if has_tracker else {}
    common: Fields = {"type": one_of("event"), "event": one_of(name), **time, "data": data}
    return object_of({**common, **tracker, **(more or {}), "sequence": NUMBER_OF_EVENT})
