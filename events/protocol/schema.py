"""What is spoken at `/event/subscription`, described (api §4): commands, messages, and the frames around them."""

from __future__ import annotations

from accounts.wire.description import EXAMPLE_HASH
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.schema import (
    Fields,
    Optional,
    any_of,
    by_id,
    list_of,
    named,
    nullable,
    object_of,
    open_object,
    optional,
    record,
    said,
)
from accounts.wire.terms import FLAG, HASH, ID, Schema, one_of, text
from events.protocol.area import AREA_COUNTS
from events.protocol.commands import Action
from events.protocol.description import MessageSchema, event_schema
from events.protocol.echo import MAX_ECHO_CHARACTERS
from events.protocol.framing import HEARTBEAT
from events.protocol.kinds import KINDS
from events.protocol.kinds.state import STATE
from events.protocol.messages import LOGOUT_TEXT, TrackerStatus
from events.protocol.numbering import ANSWERED, ASKED
from trackers.engine.notices import LifecycleEvent

TEXT = "text/plain"


# What clients send.

_CREDENTIAL = said(HASH, "a session's hash or an API key")
_ISO = optional(said(FLAG, "dates as ISO 8601 with offset"), default=False)

_CAUSE_ASKED = optional(said(FLAG, "`logout` has a `cause`"), default=False)
_CAUSE = optional(said(one_of(LogoutCause), "why, where `logout_cause` was asked for and it is known"))


def _command(action: Action) -> Schema:
    legacy: Fields = {"events": list_of(one_of(STATE.name), least=1), "trackers": list_of(ID, least=1)}
    request = any_of(*(kind.request_schema for kind in KINDS.values()))
    current: Fields = {"requests": said(list_of(request, least=1, most=len(KINDS)), "each type once")}
    common: Fields = {"action": one_of(action.value), "hash": _CREDENTIAL, "iso_datetime": _ISO}
    if action is Action.SUBSCRIBE:
        common = {**common, "sequence": ASKED, "logout_cause": _CAUSE_ASKED}
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
_FAILURE = record("Status", code={"type": "integer"}, description=text())
_ERRORS = optional(said(list_of(object_of({"parameter": text(), "error": text()}), least=1), "with code 7"))
_REFUSED = record("Refused", success={"const": False}, status=_FAILURE, errors=_ERRORS)
_FOLLOWED = named(
    "Followed",
    {
        **object_of({"success": {"const": True}, "value": said(by_id(_STATUS), "a status per tracker")}),
        "patternProperties": {"^-?[0-9]+$": _STATUS},
        "description": "to the first form of the command the ids are answered beside `value` too",
    },
)
_RESULTS = object_of({name: optional(any_of(_FOLLOWED, _REFUSED)) for name in KINDS})
_EVENTS = list_of(one_of(*KINDS), least=1)


def _response(action: Action, data: Schema, **more: Optional) -> Schema:
    head: Fields = {"type": one_of("response"), "action": one_of(action.full_name), "events": _EVENTS}
    return object_of({**head, "data": data, **more})


_LIFECYCLE = object_of({"source_id": ID, "lifecycle_event": one_of(LifecycleEvent)})

MESSAGES = (
    MessageSchema(
        "subscribed",
        "The answer to `subscribe`: what it means for each tracker.",
        _response(Action.SUBSCRIBE, _RESULTS, sequence=ANSWERED),
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
        f"A command was refused as a whole; `data` repeats it without its hash, of a long one {MAX_ECHO_CHARACTERS}"
        " characters, and `cut` says so. The connection stays.",
        object_of(
            {
                "type": one_of("error"),
                "action": nullable(one_of(*(action.full_name for action in Action))),
                "status": _FAILURE,
                "errors": _ERRORS,
                "data": {"type": "object"},
                "cut": optional(said({"const": True}, "where `data` does not repeat all")),
            }
        ),
        {
            "type": "error",
            "action": "subscription/subscribe",
            "status": {"code": 3, "description": "Wrong hash"},
            "data": {"events": ["state"], "trackers": [1]},
        },
    ),
    *(kind.event for kind in KINDS.values()),
    AREA_COUNTS,
    MessageSchema(
        "lifecycle",
        "A source was blocked, unblocked or removed.",
        event_schema(
            "lifecycle",
            object_of({"source_id": ID, "lifecycle_event": one_of(LifecycleEvent)}),
            has_time=False,
            has_tracker=True,
        ),
        {"type": "event", "event": "lifecycle", "data": {"source_id": 90411, "lifecycle_event": "block"}},
    ),
    MessageSchema(
        "logout",
        "The login ended; the subscriptions of its hash are gone.",
        event_schema("logout", one_of(LOGOUT_TEXT), has_time=False, more={"cause": _CAUSE}),
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
