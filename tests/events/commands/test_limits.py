"""How much one client may ask for, and how many there may be of one login."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from events.commands.receive import receive_message
from events.hub.hub import Hub
from events.protocol.kinds.state import STATE
from events.protocol.messages import encode
from tests.events.conftest import Visit, Visitor
from trackers.models import Tracker

HASH = "0" * 32
pytestmark = pytest.mark.django_db(transaction=True)


async def refused(visitor: Visitor, **document: Any) -> ErrorCode:
    """What a command is refused with."""
    with pytest.raises(ApiError) as caught:
        await visitor.command(events=["state"], **document)
    return caught.value.code


async def say(hub: Hub, visitor: Visitor, **document: Any) -> dict[str, Any]:
    """Sends a command; the answer."""
    await receive_message(encode({"hash": visitor.credential, **document}), visitor.client, hub)
    return await visitor.message()


async def test_commands_beyond_the_limit_change_nothing(
    hub: Hub, visit: Visit, alice: User, vans: list[Tracker], settings: Any
) -> None:
    settings.MAX_COMMANDS_PER_SECOND = 2
    visitor, bystander = await visit(alice), await visit(alice)
    command = {"action": "unsubscribe", "events": ["state"], "trackers": [vans[0].pk], "note": 7}
    answers = [await say(hub, visitor, **command) for _ in range(2)]
    assert [answer["type"] for answer in answers] == ["response"] * 2
    refusal = await say(hub, visitor, **{**command, "action": "subscribe"})
    assert refusal == {
        "type": "error",
        "action": "subscription/subscribe",
        "status": {"code": 15, "description": "Too many requests (rate limit exceeded)"},
        "data": {"events": ["state"], "trackers": [vans[0].pk], "note": 7},
    }
    assert visitor.client.source_count == 0
    assert (await say(hub, bystander, **command))["type"] == "response"


async def test_commands_go_through_again_a_second_later(visit: Visit, settings: Any) -> None:
    settings.MAX_COMMANDS_PER_SECOND = 1
    client = (await visit(HASH)).client
    client.count_command(now=7.0)
    with pytest.raises(ApiError):
        client.count_command(now=7.5)
    client.count_command(now=8.0)


async def test_malformed_command_is_answered_with_its_fault(hub: Hub, visit: Visit, settings: Any) -> None:
    settings.MAX_COMMANDS_PER_SECOND = 1
    visitor = await visit(HASH)
    answers = [await say(hub, visitor, action="fly") for _ in range(3)]
    assert [answer["status"]["code"] for answer in answers] == [7] * 3


async def test_one_hash_too_many_is_refused_alone(
    visit: Visit, alice: User, bob: User, charlie: User, vans: list[Tracker], report: Any, settings: Any
) -> None:
    settings.MAX_HASHES_PER_CONNECTION = 2
    visitor = await visit(alice)
    key = (await database_sync_to_async(create_api_key)(alice, "Console"))[1]
    for credential in (visitor.credential, key):
        assert await visitor.subscribe([vans[0].pk], hash=credential) == {str(vans[0].pk): "normal"}
        await visitor.speeds(1)
    other = await database_sync_to_async(create_session)(charlie)
    assert await refused(visitor, hash=other, trackers=[vans[0].pk]) is ErrorCode.OVER_QUOTA
    assert not any(charlie.pk == one.principal.user_id for one in visitor.client.subscribers)
    await visitor.subscribe([vans[1].pk])
    await visitor.speeds(1)
    await report(vans[0], 7)
    assert await visitor.speeds(2) == [(vans[0].source_id, 7)] * 2


async def test_client_beyond_the_limit_waits_for_room(
    visit: Visit, alice: User, vans: list[Tracker], settings: Any
) -> None:
    settings.MAX_CONNECTIONS_PER_LOGIN = 2
    credential = await database_sync_to_async(create_session)(alice)
    visitors = [await visit(credential) for _ in range(3)]
    elsewhere = await visit(alice)
    for visitor in (elsewhere, *visitors[:2]):
        await visitor.subscribe([vans[0].pk])
        await visitor.speeds(1)
    assert await refused(visitors[2], trackers=[vans[0].pk]) is ErrorCode.OVER_QUOTA
    assert not visitors[2].client.subscribers
    assert await visitors[1].subscribe([vans[1].pk]) == {str(vans[1].pk): "normal"}
    await visitors[0].leave()
    assert await visitors[2].subscribe([vans[0].pk]) == {str(vans[0].pk): "normal"}


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
async def test_command_with_too_many_trackers_is_refused(
    visit: Visit, alice: User, vans: list[Tracker], settings: Any, action: str
) -> None:
    settings.MAX_TRACKERS_PER_COMMAND = 2
    visitor = await visit(alice)
    await visitor.subscribe([van.pk for van in vans])
    assert await refused(visitor, action=action, trackers=[1, 2, 3]) is ErrorCode.TOO_MANY_TRACKERS
    requests = [
        {"type": "state", "trackers": [1, 2]},
        {"type": "state_batch", "target": {"type": "selected", "tracker_ids": [1]}},
    ]
    with pytest.raises(ApiError) as caught:
        await visitor.command(action=action, requests=requests)
    assert caught.value.code is ErrorCode.TOO_MANY_TRACKERS
    assert visitor.client.source_count == 2


async def test_unknown_trackers_leave_nothing_behind(hub: Hub, visit: Visit, alice: User, vans: list[Tracker]) -> None:
    visitor = await visit(alice)
    await visitor.subscribe([van.pk for van in vans])
    ids = [vans[0].pk, *range(10**9, 10**9 + 100)]
    await visitor.command(action="unsubscribe", events=["state"], trackers=ids)
    [subscriber] = visitor.client.subscribers
    assert subscriber.subscription(STATE)._left_out == {vans[0].pk}
    assert subscriber.source_ids == {vans[1].source_id}
