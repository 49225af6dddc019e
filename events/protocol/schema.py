"""What is spoken at `/event/subscription`, described (api §4): commands, messages, and the frames around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.wire.schema import (
    DATE,
    EXAMPLE_HASH,
    FLAG,
    HASH,
    ID,
    Fields,
    Schema,
    any_of,
    by_id,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    open_object,
    optional,
    printable,
    said,
    text,
)
from events.commands.subscribe import TrackerStatus
from events.protocol.close_codes import CLOSE_NORMAL, CLOSE_TOO_BIG, CLOSE_TRY_AGAIN_LATER
from events.protocol.commands import (
    MAX_MONITORED_TRACKERS,
    MAX_RATE_CHARACTERS,
    MAX_SENSOR_TYPE_CHARACTERS,
    Action,
    EventType,
)
from events.protocol.framing import HEARTBEAT
from events.protocol.messages import LOGOUT_TEXT
from trackers.feed import LifecycleEvent
from trackers.rendering.schema import (
    COMPACT_STATE,
    EXAMPLE_COUNTER,
    EXAMPLE_STATE,
    EXAMPLE_TIME,
    QUEUES,
    READINGS,
    STATE,
)
from trackers.rendering.states import StateFormat

JSON = "application/json"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class MessageSchema:
    """A message, or a frame that is none, as a program can read it."""

    name: str
    summary: str
    payload: Schema
    example: Any
    content_type: str = JSON


# What clients send.

_TARGET = named(
    "Target",
    any_of(
        open_object({"type": one_of("all")}),
        open_object({"type": one_of("selected"), "tracker_ids": list_of(ID, least=1)}),
    ),
)
_RATE = optional(
    said(
        text(MAX_RATE_CHARACTERS, pattern=r"^([1-9][0-9]{0,9}(ms|s|m|h)|PT[0-9].*)$", shape="a span of time"),
        "the least time between two batches: `500ms`, `5s`, `2m`, `1h` or `PT5S`; 0.1 s to 1 h",
    ),
    default="1s",
)
COMPACT_LACKS = sorted(STATE["properties"].keys() - COMPACT_STATE["properties"].keys())
_FORMAT = optional(
    said(one_of(StateFormat), f"compact leaves out {', '.join(f'`{name}`' for name in COMPACT_LACKS)}"), default="full"
)

STATE_REQUEST = named(
    "StateRequest",
    open_object({"type": one_of(EventType.STATE.value), "trackers": list_of(ID, least=1), "format": _FORMAT}),
)
STATE_BATCH_REQUEST = named(
    "StateBatchRequest",
    open_object(
        {"type": one_of(EventType.STATE_BATCH.value), "target": _TARGET, "rate_limit": _RATE, "format": _FORMAT}
    ),
)
READINGS_BATCH_REQUEST = named(
    "ReadingsBatchRequest",
    open_object(
        {
            "type": one_of(EventType.READINGS_BATCH.value),
            "target": _TARGET,
            "rate_limit": _RATE,
            "sensor_type": optional(
                said(printable(MAX_SENSOR_TYPE_CHARACTERS), "sensors of this type only; no states and counters")
            ),
            "include_components": optional(said(FLAG, "also the sensors that another sensor adds up"), default=True),
        }
    ),
)
IOT_MONITOR_REQUEST = named(
    "IotMonitorRequest",
    said(
        open_object({"type": one_of(EventType.IOT_MONITOR.value), "target": _TARGET, "rate_limit": _RATE}),
        f"at most {MAX_MONITORED_TRACKERS} trackers; with more this request fails alone, with code 7",
    ),
)

_CREDENTIAL = said(HASH, "a session's hash or an API key")
_ISO = optional(said(FLAG, "dates as ISO 8601 with offset"), default=False)


def _command(action: Action) -> Schema:
    legacy: Fields = {"events": list_of(one_of(EventType.STATE.value), least=1), "trackers": list_of(ID, least=1)}
    request = any_of(STATE_REQUEST, STATE_BATCH_REQUEST, READINGS_BATCH_REQUEST, IOT_MONITOR_REQUEST)
    current: Fields = {"requests": said(list_of(request, least=1, most=len(EventType)), "each type once")}
    common: Fields = {"action": one_of(action.value), "hash": _CREDENTIAL, "iso_datetime": _ISO}
    return any_of(
        said(open_object({**common, **current}), "The form to use: for every type of events."),
        said(open_object({**common, **legacy}), "The older form, for `state` only; for clients that have it already."),
    )


_EXAMPLE_REQUEST = {"type": "state_batch", "target": {"type": "all"}, "rate_limit": "1s", "format": "compact"}
COMMANDS = (
    MessageSchema(
        "subscribe",
        "Asks for events; several messages add up.",
        named("Subscribe", _command(Action.SUBSCRIBE)),
        {"action": "subscribe", "hash": EXAMPLE_HASH, "requests": [_EXAMPLE_REQUEST]},
    ),
    MessageSchema(
        "unsubscribe",
        "Gives events up.",
        named("Unsubscribe", _command(Action.UNSUBSCRIBE)),
        {"action": "unsubscribe", "hash": EXAMPLE_HASH, "events": ["state"], "trackers": [1, 2]},
    ),
)

# What the server sends.

_STATUS = one_of(TrackerStatus)
_FAILURE = named("Status", object_of({"code": {"type": "integer"}, "description": text()}))
_ERRORS = optional(said(list_of(object_of({"parameter": text(), "error": text()}), least=1), "with code 7"))
_REFUSED = named("Refused", object_of({"success": {"const": False}, "status": _FAILURE, "errors": _ERRORS}))
_FOLLOWED = named(
    "Followed",
    {
        **object_of({"success": {"const": True}, "value": said(by_id(_STATUS), "a status per tracker")}),
        "patternProperties": {"^-?[0-9]+$": _STATUS},
        "description": "to the first form of the command the ids are answered beside `value` too",
    },
)
_RESULTS = object_of({event.value: optional(any_of(_FOLLOWED, _REFUSED)) for event in EventType})
_EVENTS = list_of(one_of(EventType), least=1)


def _response(action: Action, data: Schema) -> Schema:
    return object_of({"type": one_of("response"), "action": one_of(action.full_name), "events": _EVENTS, "data": data})


def _event(name: str, data: Schema, *, has_time: bool = True) -> Schema:
    time = {"user_time": said(DATE, "now, for the owner of the hash")} if has_time else {}
    return object_of({"type": one_of("event"), "event": one_of(name), **time, "data": data})


_ITEM_OF_STATE = named(
    "StateItem",
    object_of(
        {
            "type": one_of("source_state_event"),
            "tracker_id": ID,
            "source_id": ID,
            "state": any_of(STATE, COMPACT_STATE),
        }
    ),
)
_ITEM_OF_READINGS = named(
    "ReadingsItem",
    object_of({"type": one_of("readings_event"), "tracker_id": ID, **READINGS, "timestamp": DATE}),
)

_EXAMPLE_SAYING = {"value": 37, "msg_time": "2024-05-02T08:15:05Z", "srv_time": "2024-05-02T08:15:06Z"}

MESSAGES = (
    MessageSchema(
        "subscribed",
        "The answer to `subscribe`: what it means for each tracker.",
        _response(Action.SUBSCRIBE, _RESULTS),
        {
            "type": "response",
            "action": "subscription/subscribe",
            "events": ["state_batch"],
            "data": {"state_batch": {"success": True, "value": {"1": "normal", "2": "blocked"}}},
        },
    ),
    MessageSchema(
        "unsubscribed",
        "The answer to `unsubscribe`: to the first form the ids, to the second as to `subscribe`.",
        _response(Action.UNSUBSCRIBE, any_of(list_of(ID, least=1), _RESULTS)),
        {"type": "response", "action": "subscription/unsubscribe", "events": ["state"], "data": [1, 2]},
    ),
    MessageSchema(
        "error",
        "A command was refused as a whole; `data` repeats it without its hash. The connection stays.",
        object_of(
            {
                "type": one_of("error"),
                "action": nullable(one_of(*(action.full_name for action in Action))),
                "status": _FAILURE,
                "errors": _ERRORS,
                "data": {"type": "object"},
            }
        ),
        {
            "type": "error",
            "action": "subscription/subscribe",
            "status": {"code": 3, "description": "Wrong hash"},
            "data": {"events": ["state"], "trackers": [1]},
        },
    ),
    MessageSchema(
        "state",
        "A source's state: at once, then at every change.",
        _event(EventType.STATE, any_of(STATE, COMPACT_STATE)),
        {"type": "event", "event": "state", "user_time": EXAMPLE_TIME, "data": EXAMPLE_STATE},
    ),
    MessageSchema(
        "state_batch",
        "The states of all trackers at once, then of those that changed; their shape is a setting"
        " of the server, `STATE_BATCH_ITEM`.",
        _event(EventType.STATE_BATCH, list_of(any_of(_ITEM_OF_STATE, STATE, COMPACT_STATE), least=1)),
        {
            "type": "event",
            "event": "state_batch",
            "user_time": EXAMPLE_TIME,
            "data": [
                {"type": "source_state_event", "tracker_id": 1, "source_id": 90411, "state": EXAMPLE_STATE},
            ],
        },
    ),
    MessageSchema(
        "readings_batch",
        "All readings at once, then what changed.",
        _event(EventType.READINGS_BATCH, list_of(any_of(_ITEM_OF_READINGS, by_id(object_of(READINGS))), least=1)),
        {
            "type": "event",
            "event": "readings_batch",
            "user_time": EXAMPLE_TIME,
            "data": [
                {
                    "type": "readings_event",
                    "tracker_id": 1,
                    "inputs": [],
                    "virtual_sensors": [],
                    "states": [],
                    "counters": [EXAMPLE_COUNTER],
                    "timestamp": EXAMPLE_TIME,
                }
            ],
        },
    ),
    MessageSchema(
        "iot_monitor",
        "What the last 12 reports of a tracker said, whenever one more came.",
        _event(EventType.IOT_MONITOR, object_of({"iot_last_values": list_of(QUEUES, least=1)}), has_time=False),
        {
            "type": "event",
            "event": "iot_monitor",
            "data": {
                "iot_last_values": [
                    {
                        "tracker_id": 1,
                        "nonnull_fields": {"speed": [_EXAMPLE_SAYING]},
                        "all_fields": {"speed": [_EXAMPLE_SAYING]},
                    }
                ]
            },
        },
    ),
    MessageSchema(
        "lifecycle",
        "A source was blocked, unblocked or removed.",
        _event("lifecycle", object_of({"source_id": ID, "lifecycle_event": one_of(LifecycleEvent)}), has_time=False),
        {"type": "event", "event": "lifecycle", "data": {"source_id": 90411, "lifecycle_event": "block"}},
    ),
    MessageSchema(
        "logout",
        "The login ended; the subscriptions of its hash are gone.",
        _event("logout", one_of(LOGOUT_TEXT), has_time=False),
        {"type": "event", "event": "logout", "data": LOGOUT_TEXT},
    ),
)

HEARTBEAT_FRAME = MessageSchema(
    "heartbeat",
    "Fills silence, from either side; the server's only to clients that speak the protocol.",
    one_of(HEARTBEAT),
    HEARTBEAT,
    TEXT,
)
HANDSHAKE_FRAME = MessageSchema(
    "handshake",
    "The first frame for a client that speaks the protocol: its id, its heartbeat interval in ms, the heartbeat.",
    text(pattern=r"^[A-Za-z0-9_-]{1,128}\|[0-9]+\|X\|$"),
    "0b7f3e52-7d5c-4f4e-9f1a-2c8f9f0f7a11|30000|X|",
    TEXT,
)

# How a websocket ends.

CLOSE_CODES = {
    CLOSE_NORMAL: "A normal end; from the server when another connection of the same client took over. A client that is"
    " still there connects again.",
    1002: "The client broke the rules of websockets.",
    1007: "The client sent text that is not UTF-8.",
    CLOSE_TOO_BIG: f"The client sent a message of more than {settings.MAX_MESSAGE_BYTES} bytes.",
    1011: "An error on the server, which is in its log. Connect again after a while.",
    CLOSE_TRY_AGAIN_LATER: "The client reads more slowly than its events come, or there are too many connections."
    " Connect again after a while.",
}

# The address.

CONNECTION_QUERY = {
    "X-Atmosphere-tracking-id": said(text(), "0 for a new client, later the id from the handshake"),
    "X-Atmosphere-Framework": said(text(), "the version of the client, as 5.0.45 or 2.3.8-javascript"),
    "X-Atmosphere-Transport": said(
        one_of("websocket", "sse", "streaming", "long-polling", "jsonp", "polling", "close"),
        "a websocket is one whatever is said here",
    ),
    "X-atmo-protocol": said(one_of("true"), "asks for the handshake and for heartbeats"),
    "X-Atmosphere-TrackMessageSize": said(one_of("true", "false"), "asks for the length before each message"),
    "X-Heartbeat-Server": said(text(pattern="^[0-9]+$"), "asks for longer between heartbeats, in s; 0: for none"),
    "Content-Type": said(text(), "no effect"),
}
