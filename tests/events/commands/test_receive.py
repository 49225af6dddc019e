"""What clients send: carried out one after the other, and answered whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.services.sessions import create_session
from events.clients import outbox as outbox_module
from events.clients.identity import Identity
from events.commands.receive import receive_message, receive_push
from events.hub.hub import Hub
from events.protocol import messages
from events.protocol.messages import encode
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport
from trackers.models import Tracker

ALICE = Identity("/event/subscription", "alice", "203.0.113.7")
BOB = replace(ALICE, tracking_id="bob")
BACK = "X-Atmosphere-tracking-id=alice&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.8-javascript"


@pytest.fixture
def hub(still_hub: Hub) -> Hub:
    return still_hub


def wrong_command(number: int) -> str:
    """A command that is refused without a look at the database; the answer tells its number."""
    return encode({"action": "fly", "number": number})


def answers(frames: list[str]) -> list[Any]:
    return [json.loads(frame)["data"].get("number") for frame in frames]


@pytest.mark.atmosphere(24, 28)
@pytest.mark.parametrize("text", ["X", " X\n", "...ACK..."])
async def test_heartbeat_is_swallowed_and_makes_no_client(hub: Hub, text: str) -> None:
    assert await receive_push(hub, ALICE, text)
    assert hub.clients.find(ALICE) is None
    assert not hub._clients


@pytest.mark.atmosphere(43, 56)
async def test_answer_to_a_push_waits_for_the_connection_that_comes_later(hub: Hub) -> None:
    for number in range(3):
        assert await receive_push(hub, ALICE, wrong_command(number))
    transport = FakeTransport(make_connection(BACK))
    hub.clients.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    assert answers(transport.taken()) == [0, 1, 2]


async def test_answer_to_a_push_comes_over_the_connection_that_is_there(hub: Hub) -> None:
    transport = FakeTransport(make_connection(BACK))
    client = hub.clients.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    assert await receive_push(hub, ALICE, wrong_command(7))
    assert answers(transport.taken()) == [7]
    await hub.clients.leave(ALICE, client, transport, datetime.now(UTC))


async def test_push_for_a_client_for_whom_too_much_waits_is_refused(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_MESSAGES", 4)
    for number in range(2):
        assert await receive_push(hub, ALICE, wrong_command(number))
    assert not await receive_push(hub, ALICE, wrong_command(2))
    client = hub.clients.find(ALICE)
    assert client is not None
    assert answers(list(client.outbox.waiting)) == [0, 1]
    client.outbox.attach(FakeTransport(make_connection(BACK)), datetime.now(UTC))
    assert await receive_push(hub, ALICE, wrong_command(3))


async def test_commands_of_a_client_are_carried_out_one_after_the_other(hub: Hub) -> None:
    client = hub.clients.meet(ALICE, datetime.now(UTC))
    await client.receiving.acquire()
    pushes = [asyncio.create_task(receive_push(hub, ALICE, wrong_command(number))) for number in range(3)]
    async with asyncio.timeout(PATIENCE_S):
        assert await receive_push(hub, BOB, wrong_command(9)), "others do not wait for Alice"
        await asyncio.sleep(0)
        assert client.outbox.is_empty
        client.receiving.release()
        assert all(await asyncio.gather(*pushes))
    assert answers(list(client.outbox.waiting)) == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
async def test_goodbye_in_the_middle_of_a_command_leaves_nothing_behind(
    hub: Hub, alice: User, vans: list[Tracker]
) -> None:
    credential = await database_sync_to_async(create_session)(alice)
    command = encode({"action": "subscribe", "hash": credential, "events": ["state"], "trackers": [vans[0].pk]})
    push = asyncio.create_task(receive_push(hub, ALICE, command))
    async with asyncio.timeout(PATIENCE_S):
        while (client := hub.clients.find(ALICE)) is None or not client.receiving.locked():
            await asyncio.sleep(0)
        await hub.clients.say_goodbye(ALICE)
        await push
    assert client not in hub._clients
    assert not any(client in account.clients for account in hub._accounts.values())
    assert not client.subscribers


@pytest.mark.django_db(transaction=True)
async def test_message_that_was_refused_is_not_kept_until_garbage_is_collected(hub: Hub) -> None:
    client = hub.clients.meet(ALICE, datetime.now(UTC))
    text = encode({"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1], "note": "n" * 1000})
    references = sys.getrefcount(text)
    gc.disable()
    try:
        await receive_message(hub, client, text)
        [answer] = client.outbox.waiting
        assert json.loads(answer)["status"]["code"] == 4
        assert sys.getrefcount(text) == references
    finally:
        gc.enable()


async def test_command_too_many_is_refused_without_a_look_at_the_database(hub: Hub, settings: Any) -> None:
    settings.MAX_COMMANDS_PER_SECOND = 1
    client = hub.clients.meet(ALICE, datetime.now(UTC))
    # There is no database in this test.
    command = {"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1]}
    for _ in range(2):
        await receive_message(hub, client, encode(command))
    answers = [json.loads(message) for message in client.outbox.waiting]
    assert [(answer["status"]["code"], answer["data"]) for answer in answers] == [
        (6, {}),
        (15, {"events": ["state"], "trackers": [1]}),
    ]


async def test_unexpected_error_is_logged_and_answered(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    client = hub.clients.meet(ALICE, datetime.now(UTC))
    # There is no database in this test; that is none of the errors that may be told.
    command = {"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1]}
    await receive_message(hub, client, encode(command))
    assert "unexpected error in subscription/subscribe" in caplog.text
    [answer] = client.outbox.waiting
    assert answer == messages.unexpected_error()
