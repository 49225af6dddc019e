"""Every document that a client can get; their wire keys are written here and nowhere else (api §4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from accounts.wire.errors import ApiError, ErrorCode
from events.protocol.commands import Action, EventType

LOGOUT_TEXT = "session closed"

_encoder = msgspec.json.Encoder()


def encode(document: Any) -> str:
    """A document as JSON in ASCII, without a raw vertical bar.

    Some clients split every frame at the bar (api §4.1); ASCII spares the question how long a text is, and an
    unpaired surrogate that a client sent us can be sent back.
    """
    return json.dumps(document, separators=(",", ":"), allow_nan=False).replace("|", "\\u007c")


def encode_plain(document: Any) -> str:
    """The same for a document of our own making, faster: without huge numbers, and without unpaired surrogates."""
    encoded = _encoder.encode(document)
    if not encoded.isascii():
        return encode(msgspec.to_builtins(document))
    return encoded.decode().replace("|", "\\u007c")


def response(action: Action, events: Iterable[EventType], data: Any) -> str:
    """The answer to a command that was carried out (api §4.3, §4.4)."""
    return encode({"type": "response", "action": action.full_name, "events": list(events), "data": data})


def subscribed(statuses: Mapping[int, str], *, beside: bool) -> dict[str, Any]:
    """The result of one subscription: a status per tracker, `beside` for the first generation of clients too."""
    by_id = {str(tracker_id): status for tracker_id, status in statuses.items()}
    result: dict[str, Any] = {"value": by_id, "success": True}
    return {**by_id, **result} if beside else result


def refused(error: ApiError) -> dict[str, Any]:
    """The result of one subscription that failed while others of its message may not have (api §4.3)."""
    return {"success": False, **_status(error)}


def error(failure: ApiError, action: str | None, echo: Mapping[str, Any]) -> str:
    """An error frame. `data` is always an object: clients call methods on it (api §4.9)."""
    return encode({"type": "error", "action": action, **_status(failure), "data": dict(echo)})


def unexpected_error() -> str:
    """What a client hears of a bug of ours."""
    return error(ApiError(ErrorCode.UNEXPECTED), None, {})


def lifecycle(source_id: int, event: str) -> str:
    """A source was blocked, unblocked or removed."""
    return encode({"type": "event", "event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}})


def logout() -> str:
    """A login ended."""
    return encode({"type": "event", "event": "logout", "data": LOGOUT_TEXT})


def state_event(state: str, user_time: str) -> str:
    """A `state` event around a state that is rendered and encoded already; `user_time` needs no escapes."""
    return f'{{"type":"event","event":"state","user_time":"{user_time}","data":{state}}}'


def source_state_item(tracker_id: int, source_id: int, state: str) -> str:
    """What a batch holds of one tracker, with its ids beside the state (api §7.2)."""
    ids = f'"tracker_id":{tracker_id},"source_id":{source_id}'
    return f'{{"type":"source_state_event",{ids},"state":{state}}}'


def bare_state_item(tracker_id: int, source_id: int, state: str) -> str:
    """The same as the state alone, which some clients were written for."""
    return state


def state_batch_event(items: Iterable[str], user_time: str) -> str:
    """A `state_batch` event around items that are encoded already."""
    return f'{{"type":"event","event":"state_batch","user_time":"{user_time}","data":[{",".join(items)}]}}'


def readings_item(tracker_id: int, lists: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
    """What a `readings_batch` holds of one tracker (api §7.3)."""
    return {"type": "readings_event", "tracker_id": tracker_id, **lists, "timestamp": timestamp}


def bare_readings_item(tracker_id: int, lists: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
    """The same as the lists by tracker id, which some clients were written for."""
    return {str(tracker_id): lists}


def readings_batch_event(items: Sequence[Any], user_time: str) -> str:
    """A `readings_batch` event."""
    return encode({"type": "event", "event": "readings_batch", "user_time": user_time, "data": items})


def iot_monitor_event(items: Sequence[Any]) -> str:
    """An `iot_monitor` event: the whole queues of the trackers in which something changed."""
    return encode({"type": "event", "event": "iot_monitor", "data": {"iot_last_values": items}})


def is_event(message: str) -> bool:
    """Whether a message tells what happened; others answer a command."""
    return message.startswith('{"type":"event"')


def _status(failure: ApiError) -> dict[str, Any]:
    fields: dict[str, Any] = {"status": {"code": failure.code, "description": failure.code.description}}
    errors: Sequence[Any] = failure.errors
    if errors:
        fields["errors"] = [{"parameter": e.parameter, "error": e.error} for e in errors]
    return fields
