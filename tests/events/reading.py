"""What clients make of what they get."""

from __future__ import annotations

import json
from typing import Any

from events.clients.client import Client
from events.protocol import messages
from tests.events.fakes import FakeTransport

MARK = messages.encode({"event": "mark"})


def brief(message: dict[str, Any]) -> Any:
    """What matters of a message: a state as source and revision, of those that `make_state` makes."""
    match message:
        case {"event": "state", "data": state}:
            minutes, seconds = state["last_update"].split(":")[-2:]
            return state["source_id"], 60 * int(minutes) + int(seconds)
        case {"event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}}:
            return source_id, event
    return message.get("event", message.get("type"))


async def heard(client: Client, transport: FakeTransport) -> list[Any]:
    """All that was sent, each frame as what matters of it."""
    client.queue(MARK)
    await client.outbox.drain()
    found = [brief(json.loads(frame)) for frame in transport.taken()]
    return [message for message in found if message != "mark"]
