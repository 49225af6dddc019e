"""Clients that come to another process than they were in: everything comes, and comes once."""

from __future__ import annotations

import asyncio
from dataclasses import astuple, replace
from datetime import UTC, datetime

import msgspec
import pytest

from events.commands.receive import receive_message
from events.hub.turns import Turns
from events.node import Node
from events.peers import left_behind as left_behind_module
from events.peers import moves as moves_module
from events.peers.handover import Handover
from events.peers.presence import PEERS_GROUP
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer, MemoryBroker
from tests.events.peers.comings import ALICE, BACK, enter, has_searched, is_forgotten
from tests.events.reading import MARK
from tests.events.wrong_commands import answers, wrong_command

pytestmark = pytest.mark.usefixtures("two_processes")


@pytest.mark.atmosphere(55, 56)
async def test_messages_waiting_elsewhere_come_once_in_order(here: Node, there: Node) -> None:
    client = there.registry.meet(ALICE, datetime.now(UTC))
    for number in range(3):
        await receive_message(wrong_command(number), client, there.hub)
    _, transport = enter(here)
    assert answers([await transport.frame() for _ in range(3)]) == [0, 1, 2]
    await is_forgotten(there)
    assert transport.taken() == []
    assert not there.registry.clients


@pytest.mark.atmosphere(46)
async def test_connection_that_is_left_behind_ends(here: Node, there: Node) -> None:
    _, older = enter(there)
    client, newer = enter(here)
    await is_forgotten(there)
    assert older.ended_with is not None
    client.queue(MARK)
    assert newer.taken() == [MARK]


@pytest.mark.parametrize("lost", ["moves.wanted", "moves.left"])
async def test_lost_question_or_answer_is_repeated(
    hasty: None, here: Node, there: Node, layer: LossyLayer, lost: str
) -> None:
    await receive_message(wrong_command(1), there.registry.meet(ALICE, datetime.now(UTC)), there.hub)
    layer.loses_next.add(lost)
    _, transport = enter(here)
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(there)
    assert transport.taken() == []


async def test_answer_that_comes_twice_is_taken_once(
    here: Node, there: Node, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves_module, "ANSWER_S", 0.3)
    await receive_message(wrong_command(1), there.registry.meet(ALICE, datetime.now(UTC)), there.hub)
    layer.holds.add("moves.left")
    client, transport = enter(here)
    await layer.held(2)
    layer.holds.clear()
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(there)
    client.queue(MARK)
    assert await transport.frame() == MARK


async def test_client_gone_on_elsewhere_stays_there(hasty: None, here: Node, there: Node) -> None:
    """It was looked for in vain when it came, and is not looked for any longer when it has gone."""
    enter(there)
    client, transport = enter(here)
    client.queue(MARK)
    await is_forgotten(there)
    await has_searched(here, there)
    assert here.registry.find(ALICE) is client
    assert client.outbox.is_connected
    assert transport.ended_with is None
    assert transport.taken() == [MARK]


async def test_unknown_client_is_not_asked_for_forever(hasty: None, here: Node, there: Node) -> None:
    client, transport = enter(here)
    await has_searched(here)
    client.queue(MARK)
    assert transport.taken() == [MARK]


async def test_jobs_beyond_the_limit_are_dropped(
    there: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(there.moves._tasks, "limit", 2)
    identities = [replace(ALICE, tracking_id=f"client-{number}") for number in range(4)]
    clients = [there.registry.meet(identity, datetime.now(UTC)) for identity in identities]
    for identity, client in zip(identities, clients, strict=True):
        await client.receiving.acquire()
        there.channel.hear({"type": "moves.wanted", "sender": "elsewhere", "identity": astuple(identity), "since": 0.0})
    assert len(there.moves._tasks) == 2
    assert caplog.text.count("more clients move") == 1
    for client in clients:
        client.receiving.release()
    async with asyncio.timeout(PATIENCE_S):
        while there.moves._tasks:
            await asyncio.sleep(0)
    there.channel.hear(
        {"type": "moves.wanted", "sender": "elsewhere", "identity": astuple(identities[3]), "since": 0.0}
    )
    assert len(there.moves._tasks) == 1


async def test_client_not_looked_for_may_be_later(here: Node, there: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    await receive_message(wrong_command(1), there.registry.meet(ALICE, datetime.now(UTC)), there.hub)
    monkeypatch.setattr(here.moves._tasks, "limit", 0)
    client, older = enter(here)
    assert older.taken() == []
    monkeypatch.setattr(here.moves._tasks, "limit", 10)
    await here.leave(ALICE, client, older, datetime.now(UTC))
    _, transport = enter(here)
    assert answers([await transport.frame()]) == [1]


async def test_new_client_is_not_looked_for(here: Node, there: Node) -> None:
    transport = FakeTransport(make_connection(BACK.replace(ALICE.tracking_id, "0")))
    here.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    assert not here.moves._searches


# Two at once


async def test_later_of_two_processes_has_the_client(here: Node, there: Node, elsewhere: Node) -> None:
    """Each hears that the other looks for it, whose question it may hear late."""
    await here.channel.wait_until_open()
    elsewhere.registry.meet(ALICE, datetime.now(UTC)).queue(MARK)
    _, older = enter(there)
    _, newer = enter(here)
    assert await newer.frame() == MARK
    await is_forgotten(there)
    await has_searched(here, there)
    assert newer.ended_with is None
    assert older.ended_with is not None
    assert older.taken() == newer.taken() == []


async def test_what_two_processes_hold_comes_once(here: Node, there: Node, elsewhere: Node) -> None:
    for number, node in enumerate((there, elsewhere)):
        await receive_message(wrong_command(number), node.registry.meet(ALICE, datetime.now(UTC)), node.hub)
    _, transport = enter(here)
    assert sorted(answers([await transport.frame() for _ in range(2)])) == [0, 1]
    for node in (there, elsewhere):
        await is_forgotten(node)
    assert transport.taken() == []


async def test_client_that_came_back_meanwhile_has_it_once(here: Node, there: Node, layer: LossyLayer) -> None:
    there.registry.meet(ALICE, datetime.now(UTC)).queue(MARK)
    layer.holds.add("moves.left")
    enter(here)
    await is_forgotten(there)
    _, newer = enter(there)
    layer.holds.clear()
    assert await newer.frame() == MARK
    await is_forgotten(here)
    assert newer.taken() == []


async def test_client_given_away_late_still_comes(hasty: None, here: Node, there: Node) -> None:
    client = there.registry.meet(ALICE, datetime.now(UTC))
    client.queue(MARK)
    async with client.receiving:
        _, transport = enter(here)
        await has_searched(here)
    assert await transport.frame() == MARK


# What waits in a process to which it never came


async def test_answer_that_waits_where_its_client_never_was_comes_once(
    hasty: None, here: Node, there: Node, layer: LossyLayer
) -> None:
    """The push was carried out here, as nobody said where its client is."""
    _, transport = enter(there)
    layer.loses_next.add("relay.push")
    assert await here.push(wrong_command(1), ALICE)
    assert transport.taken() == []
    assert answers([await transport.frame()]) == [1]
    await is_forgotten(here)
    client = there.registry.find(ALICE)
    assert client is not None and transport.ended_with is None
    client.queue(MARK)
    assert transport.taken() == [MARK]
    # The next one is not taken for nobody's.
    assert await here.push(wrong_command(2), ALICE)
    assert answers([await transport.frame()]) == [2]


async def test_clients_that_nobody_asks_for_are_offered_in_turns(
    here: Node, there: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here.registry, "_offered", Turns(2))
    strangers = [replace(ALICE, tracking_id=f"stranger-{number}") for number in range(3)]
    for identity in strangers:
        here.registry.meet(identity, datetime.now(UTC)).queue(MARK)
    silent = replace(ALICE, tracking_id="nothing waits")
    here.registry.meet(silent, datetime.now(UTC))
    assert [*here.registry.take_pushed(), *here.registry.take_pushed()] == strangers
    enter(here)
    assert ALICE not in [*here.registry.take_pushed(), *here.registry.take_pushed()]


async def test_client_that_came_after_it_was_offered_stays(hasty: None, here: Node, there: Node) -> None:
    client, transport = enter(here)
    await has_searched(here)
    for name in ("offered", "accepted"):
        message = {"identity": astuple(ALICE), "identities": [astuple(ALICE)], "sender": there.channel.name}
        (there if name == "offered" else here).channel.hear({"type": f"moves.{name}", **message})
    assert here.registry.find(ALICE) is client
    assert not here.moves._tasks and not there.moves._tasks
    assert transport.ended_with is None


# What comes to the former process


async def test_command_over_former_connection_is_answered_over_the_new_one(here: Node, there: Node) -> None:
    client, older = enter(there)
    _, newer = enter(here)
    await is_forgotten(there)
    await there.receive(wrong_command(1), client, ALICE)
    assert answers([await newer.frame()]) == [1]
    assert older.taken() == []


async def test_client_of_a_process_of_the_release_before_comes_once(here: Node, layer: LossyLayer) -> None:
    former = await layer.new_channel()
    await layer.group_add(PEERS_GROUP, former)
    _, transport = enter(here)
    async with asyncio.timeout(PATIENCE_S):
        while (await layer.receive(former))["type"] != "relay.wanted":
            pass
    body = msgspec.json.encode(Handover((MARK,), ()))
    for _ in range(2):
        here.channel.hear({"type": "relay.handover", "sender": former, "identity": astuple(ALICE), "body": body})
    assert await transport.frame() == MARK
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await layer.receive(former))["type"] != "relay.received":
            pass
    assert answer["count"] == 1
    await has_searched(here)
    assert transport.taken() == []


# Faults


async def test_what_the_broker_does_not_take_stays(here: Node, there: Node, broker_fault: None) -> None:
    client = there.registry.meet(ALICE, datetime.now(UTC))
    client.queue(MARK)
    enter(here)
    async with asyncio.timeout(PATIENCE_S):
        while there.registry.find(ALICE) in (client, None):
            await asyncio.sleep(0)
        while not (stayed := there.registry.find(ALICE)) or stayed.outbox.waiting != (MARK,):
            await asyncio.sleep(0)


async def test_process_that_ends_finishes_giving_away(here: Node, there: Node) -> None:
    there.registry.meet(ALICE, datetime.now(UTC)).queue(MARK)
    MemoryBroker.is_open.clear()
    try:
        _, transport = enter(here)
        await is_forgotten(there)
        leaving = asyncio.create_task(there.leave_clients_behind())
        await asyncio.sleep(0)
    finally:
        MemoryBroker.is_open.set()
    await leaving
    assert await transport.frame() == MARK
    assert transport.taken() == []


async def test_process_that_ended_gives_nobody_away(hasty: None, here: Node, there: Node) -> None:
    there.registry.meet(ALICE, datetime.now(UTC)).queue(MARK)
    await there.leave_clients_behind()
    _, transport = enter(here)
    assert await transport.frame() == MARK
    await has_searched(here)
    assert transport.taken() == []
    assert await left_behind_module.take_what_was_left(ALICE) is None
