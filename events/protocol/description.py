"""Descriptions of messages: what every one of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.wire.schema import object_of, said
from accounts.wire.terms import DATE, Schema, one_of

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class MessageSchema:
    """A message, or a frame that is none, as a program can read it."""

    name: str
    summary: str
    payload: Schema
    example: Any
    content_type: str = JSON


def event_schema(name: str, data: Schema, *, has_time: bool = True) -> Schema:
    """The schema of an event; `has_time` says whether it tells the time."""
    time = {"user_time": said(DATE, "now, for the owner of the hash")} if has_time else {}
    return object_of({"type": one_of("event"), "event": one_of(name), **time, "data": data})
