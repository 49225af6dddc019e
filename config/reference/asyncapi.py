"""The AsyncAPI document of the event connection, made of the descriptions of its messages."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.wire.schema import object_of, optional
from config.reference import VERSION
from config.reference.components import Components, name_objects, pascal
from events.protocol.close_codes import describe_close_codes
from events.protocol.description import MessageSchema
from events.protocol.schema import (
    COMMANDS,
    CONNECTION_QUERY,
    HANDSHAKE_FRAME,
    HEARTBEAT_FRAME,
    MESSAGES,
)

CHANNEL = "/event/subscription"
_REFERENCE = "#/channels/events/messages/"

INTRODUCTION = " ".join(
    [
        "One JSON object per text frame. A client needs no parameter in the address and no credential to connect: each",
        "command brings a hash. Atmosphere's parameters ask for its handshake, heartbeats and lengths, and the same",
        "address serves its other transports over HTTP. It works with and without a slash at the end, at the root and",
        "below `/v2`, `/api-v2` and `/api`.",
    ]
)


def asyncapi_document(host: str, *, secure: bool) -> dict[str, Any]:
    """The document for who reads it at `host`, new each time. The operations are the server's."""
    components = Components()
    close_codes = describe_close_codes(max_message_bytes=settings.MAX_MESSAGE_BYTES)
    sent = (*MESSAGES, HANDSHAKE_FRAME)
    everything = (*COMMANDS, *sent, HEARTBEAT_FRAME)
    server = {"host": host, "protocol": "wss" if secure else "ws", "description": "where this document comes from"}
    messages = {message.name: _message(message, components) for message in everything}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Fleetsphere events", "version": VERSION, "description": INTRODUCTION},
        "defaultContentType": "application/json",
        "servers": {"here": server},
        "channels": {"events": _channel(messages)},
        "operations": {
            **{command.name: _answered(command) for command in COMMANDS},
            "send": _operation("send", "What the server sends.", sent),
            "beat": _operation("send", "The server's heartbeat.", [HEARTBEAT_FRAME]),
            "hearBeat": _operation("receive", "The client's heartbeat; it is never answered.", [HEARTBEAT_FRAME]),
        },
        "x-close-codes": {str(code): meaning for code, meaning in sorted(close_codes.items())},
        "components": {"messages": messages, "schemas": dict(sorted(components.schemas.items()))},
    }


def _message(message: MessageSchema, components: Components) -> dict[str, Any]:
    return {
        "name": message.name,
        "title": message.name,
        "summary": message.summary,
        "contentType": message.content_type,
        "payload": components.refer(name_objects(pascal(message.name, "message"), message.payload)),
        "examples": [{"payload": message.example}] if isinstance(message.example, dict) else [],
    }


def _channel(messages: dict[str, Any]) -> dict[str, Any]:
    query = object_of({name: optional(schema) for name, schema in CONNECTION_QUERY.items()})
    return {
        "address": CHANNEL,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
    }


def _operation(action: str, summary: str, messages: Any) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/events"},
        "summary": summary,
        "messages": [{"$ref": f"{_REFERENCE}{message.name}"} for message in messages],
    }


def _answered(command: MessageSchema) -> dict[str, Any]:
    """The operation of a command, with the two messages that answer it."""
    answers = [f"{command.name}d", "error"]
    return {
        **_operation("receive", command.summary, [command]),
        "reply": {
            "channel": {"$ref": "#/channels/events"},
            "messages": [{"$ref": f"{_REFERENCE}{name}"} for name in answers],
        },
    }
