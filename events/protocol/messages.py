"""Messages for clients (api §4); what each kind of events looks like is in `kinds/`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.logout_causes import LogoutCause
from events.protocol.echo import abridge
from events.protocol.numbering import Place

LOGOUT_TEXT = "session closed"

_encoder = msgspec.json.Encoder()


class TrackerStatus(StrEnum):
    """What a subscription means for one tracker (api §4.5)."""

    NORMAL = "normal"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    DISALLOWED = "disallowed"


def encode(document: Any) -> str:
    """A document as JSON in ASCII, without a raw vertical bar.

    Some clients split every frame at the bar (api §4.1); ASCII spares the question how long a text is, and an
    unpaired surrogate that a client sent us can be sent back.
    """
    return json.dumps(document, separators=(",", ":"), allow_nan=False).replace("|", "\\u007c")


def encode_plain(document: Any) -> str:
    """A document of our own making as `encode` writes it, faster: no huge numbers, no unpaired surrogates in it."""
    encoded = _encoder.encode(document)
    if not encoded.isascii():
        return encode(msgspec.to_builtins(document))
    return encoded.decode().replace("|", "\\u007c")


def response(action: str, events: Iterable[str], data: Any, **more: Any) -> str:
    """The answer to a command that was carried out (api §4.3, §4.4)."""
    return encode({"type": "response", "action": action, "events": list(events), "data": data, **more})


def sequence(place: Place, *, is_recovered: bool | None) -> dict[str, Any]:
    """Where the numbers of events are; `is_recovered` for a client that said what it heard last."""
    recovered = {} if is_recovered is None else {"recovered": is_recovered}
    return {"epoch": place.epoch, "number": place.number, **recovered}


def subscribed(statuses: Mapping[int, str], *, beside: bool) -> dict[str, Any]:
    """The result of one subscription: a status per tracker, `beside` for the first generation of clients too."""
    by_id = {str(tracker_id): status for tracker_id, status in statuses.items()}
    result: dict[str, Any] = {"value": by_id, "success": True}
    return {**by_id, **result} if beside else result


def refused(error: ApiError) -> dict[str, Any]:
    """The result of one subscription that failed while others of its message may not have (api §4.3)."""
    return {"success": False, **_status(error)}


def error(failure: ApiError, action: str | None, echo: Mapping[str, Any]) -> str:
    """An error frame. `data` is always an object: clients call methods on it (api §4.9). `cut` says what is missing."""
    data, is_cut = abridge(echo)
    cut = {"cut": True} if is_cut else {}
    return encode({"type": "error", "action": action, **_status(failure), "data": data, **cut})


def unexpected_error() -> str:
    """What a client hears of a bug of ours."""
    return error(ApiError(ErrorCode.UNEXPECTED), None, {})


def lifecycle(source_id: int, event: str) -> str:
    """A source was blocked, unblocked or removed."""
    return encode({"type": "event", "event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}})


def logout(cause: LogoutCause | None = None) -> str:
    """A login ended; with the cause for who asked for it, where it is known."""
    told = {} if cause is None else {"cause": cause}
    return encode({"type": "event", "event": "logout", "data": LOGOUT_TEXT, **told})


def _status(failure: ApiError) -> dict[str, Any]:
    fields: dict[str, Any] = {"status": {"code": failure.code, "description": failure.code.description}}
    errors: Sequence[Any] = failure.errors
    if errors:
        fields["errors"] = [{"parameter": e.parameter, "error": e.error} for e in errors]
    return fields
