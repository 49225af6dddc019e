"""What clients send: carried out one after the other, and answered whatever becomes of the connection."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from events.clients.identity import Identity
from events.commands.receive import receive_message
from events.node import Node
from events.protocol import messages
from events.protocol.messages import encode

ALICE = Identity("/event/subscription", "alice", "203.0.113.7")
BOB = replace(ALICE, tracking_id="bob")
BACK = "X-Atmosphere-tracking-id=alice&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.8-javascript"


@pytest.fixture
def node(still_node: Node) -> Node:
    return still_node


@pytest.mark.django_db(transaction=True)
async def test_refused_message_leaves_no_cycle(node: Node) -> None:
    client = node.registry.meet(ALICE, datetime.now(UTC))
    text = encode({"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1], "note": "n" * 1000})
    references = sys.getrefcount(text)
    gc.disable()
    try:
        await receive_message(text, client, node.hub)
        [answer] = client.outbox.waiting
        assert json.loads(answer)["status"]["code"] == 4
        assert sys.getrefcount(text) == references
    finally:
        gc.enable()


async def test_command_too_many_costs_no_query(node: Node, settings: Any) -> None:
    settings.MAX_COMMANDS_PER_SECOND = 1
    client = node.registry.meet(ALICE, datetime.now(UTC))
    # There is no database in this test.
    command = {"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1]}
    for _ in range(2):
        await receive_message(encode(command), client, node.hub)
    answers = [json.loads(message) for message in client.outbox.waiting]
    assert [(answer["status"]["code"], answer["data"]) for answer in answers] == [
        (6, {}),
        (15, {"events": ["state"], "trackers": [1]}),
    ]


async def test_unexpected_error_is_logged_and_answered(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    client = node.registry.meet(ALICE, datetime.now(UTC))
    # There is no database in this test; that is none of the errors that may be told.
    command = {"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1]}
    await receive_message(encode(command), client, node.hub)
    assert "unexpected error in subscription/subscribe" in caplog.text
    [answer] = client.outbox.waiting
    assert answer == messages.unexpected_error()
