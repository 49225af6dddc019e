"""Two processes on one layer: pushes and connections that land where their client is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from events.clients import outbox as outbox_module
from events.hub import channel as channel_module
from events.node import Node
from events.peers import presence as presence_module
from events.peers import relay as relay_module
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from tests.events.peers.comings import ALICE, BACK, enter, is_forgotten
from tests.events.reading import MARK
from tests.events.wrong_commands import answers, wrong_command

pytestmark = pytest.mark.usefixtures("two_processes")


async def heard_of(node: Node, count: int) -> None:
    """Returns when a node has heard of so many others."""
    async with asyncio.timeout(PATIENCE_S):
        while len(node.presence.others) < count:
            await asyncio.sleep(0)


# Pushes


async def test_push_is_carried_out_where_its_client_is(here: Node, there: Node) -> None:
    _, transport = enter(there)
    for number in range(3):
        assert await here.push(wrong_command(number), ALICE)
    assert answers([await transport.frame() for _ in range(3)]) == [0, 1, 2]
    assert here.registry.find(ALICE) is None


async def test_push_reaches_a_client_that_is_away(here: Node, there: Node) -> None:
    client, transport = enter(there)
    transport.block()
    client.queue(MARK)
    await there.leave(ALICE, client, transport, datetime.now(UTC))
    assert await here.push(wrong_command(1), ALICE)
    assert answers(list(client.outbox.waiting[1:])) == [1]


@pytest.mark.atmosphere(57)
async def test_strangers_push_does_not_reach_client(hasty: None, here: Node, there: Node) -> None:
    _, transport = enter(there)
    assert await here.push(wrong_command(1), replace(ALICE, address="198.51.100.1"))
    assert transport.taken() == []


async def test_answer_for_an_unknown_client_waits_here(hasty: None, here: Node, there: Node) -> None:
    assert await here.relay.push(ALICE, wrong_command(1)) is None
    assert await here.push(wrong_command(2), ALICE)
    assert there.registry.find(ALICE) is None
    _, transport = enter(here)
    assert answers(transport.taken()) == [2]


async def test_client_that_all_others_deny_is_waited_for_no_longer(
    here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.channel.wait_until_open()
    await there.presence.announce()
    await heard_of(here, 1)
    monkeypatch.setattr(here.presence, "_began_at", -presence_module.GONE_AFTER_S)
    monkeypatch.setattr(relay_module, "CLAIM_S", 3600)
    async with asyncio.timeout(PATIENCE_S):
        assert await here.relay.push(ALICE, wrong_command(1)) is None


async def test_process_that_has_just_begun_waits_for_those_it_has_not_heard_of(
    here: Node, there: Node, elsewhere: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.channel.wait_until_open()
    await there.presence.announce()
    await heard_of(here, 1)
    monkeypatch.setattr(relay_module, "CLAIM_S", PATIENCE_S)
    _, transport = enter(elsewhere)
    assert await here.push(wrong_command(1), ALICE)
    assert answers([await transport.frame()]) == [1]


async def test_word_of_the_outcome_is_enough(
    here: Node, there: Node, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CLAIM_S", 3600)
    layer.loses_next.add("relay.claim")
    _, transport = enter(there)
    async with asyncio.timeout(PATIENCE_S):
        assert await here.push(wrong_command(1), ALICE)
    assert answers([await transport.frame()]) == [1]
    assert here.registry.find(ALICE) is None


async def test_push_follows_the_client_to_its_process(hasty: None, here: Node, there: Node) -> None:
    assert await here.push(wrong_command(1), ALICE)
    _, transport = enter(there)
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(here)
    assert await here.push(wrong_command(2), ALICE)
    assert answers([await transport.frame()]) == [2]


async def test_unclaimed_client_is_asked_for_again_later(
    hasty: None, here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await here.push(wrong_command(1), ALICE)
    # Nobody tells that it connected there.
    transport = FakeTransport(make_connection(BACK))
    there.registry.meet(ALICE, datetime.now(UTC)).outbox.attach(transport, datetime.now(UTC))
    monkeypatch.setattr(relay_module, "CLAIM_S", 3600)
    async with asyncio.timeout(PATIENCE_S):
        assert await here.push(wrong_command(2), ALICE)
    monkeypatch.setattr(relay_module, "UNCLAIMED_S", 0)
    assert await here.push(wrong_command(3), ALICE)
    assert answers([await transport.frame()]) == [3]


async def test_unclaimed_clients_are_remembered_up_to_the_limit(
    here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CLAIM_S", 0)
    monkeypatch.setattr(relay_module, "MAX_UNCLAIMED", 2)
    strangers = [replace(ALICE, tracking_id=f"stranger-{number}") for number in range(4)]
    for stranger in strangers:
        assert await here.relay.push(stranger, wrong_command(1)) is None
    assert list(here.relay._unclaimed) == strangers[2:]


async def test_pushes_beyond_the_limit_are_refused(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "MAX_QUESTIONS", 2)
    client, transport = enter(there)
    await client.receiving.acquire()
    pushes = [asyncio.create_task(here.push(wrong_command(number), ALICE)) for number in range(2)]
    async with asyncio.timeout(PATIENCE_S):
        while len(here.relay._questions) < 2:
            await asyncio.sleep(0)
    assert not await here.push(wrong_command(2), ALICE)
    client.receiving.release()
    assert await asyncio.gather(*pushes) == [True, True]
    assert answers([await transport.frame(), await transport.frame()]) == [0, 1]
    assert transport.taken() == []


async def test_push_its_process_declines_is_refused(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_MESSAGES", 2)
    client, transport = enter(there)
    transport.block()
    client.queue(MARK)
    assert not await here.push(wrong_command(1), ALICE)
    assert client.outbox.waiting == (MARK,)


async def test_claimed_push_without_answer_is_refused(
    here: Node, there: Node, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CARRY_OUT_S", 0.05)
    enter(there)
    layer.loses_next.add("relay.taken")
    assert not await here.push(wrong_command(1), ALICE)
    assert here.registry.find(ALICE) is None


# Goodbyes


@pytest.mark.atmosphere(48)
async def test_goodbye_ends_a_client_wherever_it_is(here: Node, there: Node) -> None:
    client, transport = enter(there)
    await here.say_goodbye(ALICE)
    await is_forgotten(there)
    assert transport.is_released
    await there.leave(ALICE, client, transport, datetime.now(UTC))
    assert not there.registry.clients


@pytest.mark.atmosphere(48, 57)
async def test_goodbye_of_somebody_else_ends_nothing(here: Node, there: Node) -> None:
    enter(there)
    bob = replace(ALICE, tracking_id="bob")
    enter(there, bob)
    await here.say_goodbye(replace(ALICE, address="198.51.100.1"))
    await here.say_goodbye(bob)
    await is_forgotten(there, bob)
    assert there.registry.find(ALICE) is not None


@pytest.mark.parametrize("layer_is", ["in memory", "down"])
async def test_without_others_nobody_is_asked(
    here: Node, there: Node, layer: LossyLayer, settings: Any, monkeypatch: pytest.MonkeyPatch, layer_is: str
) -> None:
    _, elsewhere = enter(there)
    if layer_is == "in memory":
        settings.REDIS_URL = ""
    else:
        layer.is_down = True
        monkeypatch.setattr(channel_module, "OPEN_TIMEOUT_S", 0.05)
    async with asyncio.timeout(PATIENCE_S / 2):
        assert await here.push(wrong_command(1), ALICE)
        await here.say_goodbye(ALICE)
        client, transport = enter(here)
        client.queue(MARK)
    assert transport.taken() == [MARK]
    assert elsewhere.ended_with is None
