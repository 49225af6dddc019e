"""What is noted of a refused report: who sent it and why it was refused, and nothing of what it said. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from accounts.wire.characters import escape
from trackers.reports.requests import MAX_FIELDS, MAX_OSMAND_BODY, IngestRequest

MAX_TEXT = 100
# By these names devices call themselves in queries and forms (api §6.2, §6.4, §6.5).
_DEVICE_FIELDS = ("id", "deviceid", "device_id", "d")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who was refused and why; what is refused again in the same way is counted."""

    way: str
    address: str
    """Of the sender, or what it shares it with (accounts/wire/addresses.py); a broker tells none."""
    device_id: str
    """As given, escaped; empty where none was."""
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """How often a refusal came, and when it did last."""

    refusal: Refusal
    time: datetime
    count: int


def refusal_of(way: str, address: str, device_id: str, reason: str) -> Refusal:
    """A refusal whose texts can be stored and shown, whatever a stranger wrote."""
    return Refusal(way, _shown(address), _shown(device_id), _shown(reason.strip()))


def _shown(text: str) -> str:
    # Cut before, too: what a stranger sends may be long.
    return escape(text[:MAX_TEXT])[:MAX_TEXT]


def named_device(request: IngestRequest) -> str:
    """The device that a refused request names, by whatever way in; empty when that cannot be told."""
    named = _named_in_fields(request.query) or request.device
    if named or len(request.body) > MAX_OSMAND_BODY:
        return named
    if request.body.lstrip().startswith(b"{"):
        return _named_in_document(request.body)
    return _named_in_fields(request.body.decode("utf-8", "replace"))


def _named_in_fields(encoded: str) -> str:
    try:
        fields = dict(parse_qsl(encoded, errors="replace", max_num_fields=MAX_FIELDS))
    except ValueError:
        return ""
    return next((fields[name] for name in _DEVICE_FIELDS if fields.get(name)), "")


def _named_in_document(body: bytes) -> str:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    named = _member(document, "device_id") or _member(_member(document, "device"), "uniqueId")
    return str(named) if isinstance(named, str | int) else ""


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
