"""What the processes tell of their clients, how one of them is ended, and the page that shows it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import AsyncClient
from django.test import Client as Browser
from django.urls import reverse_lazy

from accounts.models import User
from accounts.notices import current_publisher
from accounts.selectors import CredentialKind
from accounts.wire.logout_causes import LogoutCause
from events import admin as admin_module
from events import node as node_module
from events.clients.client import Client
from events.clients.identity import Identity
from events.node import Node, current_node
from events.peers import connected_clients as query_module
from events.peers import presence as presence_module
from events.peers.connected_clients import ClientFilter, ConnectedClient, Findings
from events.protocol.connection import PollConnection
from events.protocol.kinds.iot_monitor import IOT_MONITOR
from events.protocol.kinds.readings_batch import READINGS_BATCH
from events.protocol.kinds.state_batch import STATE_BATCH
from tests.admin import Admin
from tests.events.builders import NOON, NOTHING_STORED, follow, make_connection, make_principal, make_state
from tests.events.fakes import PATIENCE_S, FakePoll, FakeTransport, LossyLayer
from tests.events.reading import MARK

PATH = "/event/subscription"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"
BACK = "X-Atmosphere-tracking-id=alice&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"
ALL = ClientFilter()


@pytest.fixture
def two_processes(settings: Any, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer is in memory, but several nodes hear it, and know of each other."""
    settings.REDIS_URL = "redis://nowhere"
    monkeypatch.setattr(node_module, "BEAT_S", 0.01)
    monkeypatch.setattr(presence_module, "GONE_AFTER_S", PATIENCE_S)
    monkeypatch.setattr(query_module, "ANSWER_S", PATIENCE_S)


@pytest.fixture
async def nodes(two_processes: None) -> AsyncIterator[tuple[Node, Node]]:
    """Two processes that know of each other, and have for long."""
    here, there = Node(), Node()
    async with asyncio.timeout(PATIENCE_S):
        for node in (here, there):
            await node.channel.wait_until_open()
        while not (here.presence.others and there.presence.others):
            await asyncio.sleep(0)
    for node in (here, there):
        make_old(node)
    yield here, there
    for node in (here, there):
        await node.stop()
    await current_publisher().stop()


def make_old(node: Node) -> None:
    """A process that has just begun would wait for the whole time for answers of those that it does not know of yet."""
    assert node.presence._began_at is not None
    node.presence._began_at -= 2 * PATIENCE_S


def enter(node: Node, name: str, *, address: str = HOME, user_id: int | None = None) -> tuple[Client, FakeTransport]:
    """A client that is connected; with a user, one that follows the sources 1 and 2."""
    transport = FakeTransport(make_connection(BACK))
    client = node.enter(Identity(PATH, name, address), transport, datetime.now(UTC), address=address)
    if user_id is not None:
        follow(client, f"digest of {name}", user_id=user_id)
    return client, transport


def numbers(findings: Findings) -> list[list[int]]:
    """The clients that each process told of."""
    return [[client.number for client in answer.clients] for answer in findings.answers]


# What is told of a client


async def test_client_is_described_with_counts(client: Client, transport: FakeTransport) -> None:
    subscriber = follow(client, "digest")
    subscriber.subscription(STATE_BATCH).add(1, tracker_id=1001, is_blocked=False)
    client.subscriber_for(replace(make_principal(7, digest="key"), kind=CredentialKind.API_KEY))
    client.address = HOME
    client.queue(MARK)
    client.queue(MARK)
    transport.block()
    client.queue(MARK)
    subscriber.offer([make_state(1), make_state(2)])
    subscriber.subscription(STATE_BATCH).offer([make_state(1)])
    assert query_module.describe(client) == ConnectedClient(
        client.number,
        ((1, CredentialKind.SESSION), (7, CredentialKind.API_KEY)),
        HOME,
        "websocket",
        NOON,
        None,
        {"state": 2, "state_batch": 1},
        frames=2,
        bytes=2 * len(MARK),
        waiting_messages=1,
        waiting_states=3,
    )


async def test_waiting_readings_and_reports_count_by_tracker(client: Client) -> None:
    subscriber = follow(client, "digest")
    for kind in (READINGS_BATCH, IOT_MONITOR):
        subscriber.subscription(kind).add(1, tracker_id=1001, is_blocked=False)
    subscriber.subscription(IOT_MONITOR).begin([make_state(1)], NOTHING_STORED)
    told = query_module.describe(client)
    assert told.followed["iot_monitor"] == 1
    waiting = [subscriber.subscription(kind).waiting_count for kind in (READINGS_BATCH, IOT_MONITOR)]
    assert told.waiting_states == sum(waiting) == 1


async def test_of_several_messages_in_one_poll_each_counts(client: Client, transport: FakeTransport) -> None:
    client.outbox.detach(transport, NOON)
    for _ in range(3):
        client.queue(MARK)
    query = "X-Atmosphere-TrackMessageSize=true"
    client.outbox.attach(FakePoll(make_connection(query, kind=PollConnection)), NOON + timedelta(seconds=5))
    told = query_module.describe(client)
    assert (told.frames, told.bytes, told.transport) == (3, 3 * len(MARK), "long-polling")
    assert told.away_since == NOON + timedelta(seconds=5)


async def test_message_that_was_not_taken_is_not_counted(client: Client, transport: FakeTransport) -> None:
    transport.block()
    client.queue(MARK)
    assert query_module.describe(client).frames == 0
    transport.unblock()
    await client.outbox.drain()
    assert query_module.describe(client).frames == 1


async def test_client_that_only_pushed_has_no_transport(still_node: Node) -> None:
    told = query_module.describe(still_node.registry.meet(Identity(PATH, "alice", HOME), NOON))
    assert (told.transport, told.address, told.away_since) == ("", HOME, NOON)


# Asking all processes


async def test_all_processes_tell_of_their_clients(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    clients = [enter(node, name, user_id=1)[0] for node, name in ((here, "alice"), (there, "bob"), (there, "charlie"))]
    findings = await here.connected_clients.find(ALL)
    assert numbers(findings) == [[clients[0].number], [clients[2].number, clients[1].number]]
    assert [(answer.channel, answer.total) for answer in findings.answers] == [
        (here.channel.name, 1),
        (there.channel.name, 2),
    ]
    assert findings.silent == ()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ClientFilter(), ["alice", "bob", "stranger"]),
        (ClientFilter(frozenset({1})), ["alice"]),
        (ClientFilter(frozenset({1, 2})), ["alice", "bob"]),
        (ClientFilter(address="198.51"), ["bob"]),
        (ClientFilter(frozenset({1}), "198.51"), ["alice", "bob"]),
        (ClientFilter(frozenset({3}), "192.0.2"), []),
    ],
)
async def test_clients_are_found_by_user_or_address(
    nodes: tuple[Node, Node], wanted: ClientFilter, found: list[str]
) -> None:
    here, there = nodes
    by_name = {
        "alice": enter(there, "alice", user_id=1)[0],
        "bob": enter(there, "bob", address=ELSEWHERE, user_id=2)[0],
        "stranger": enter(there, "stranger")[0],
    }
    findings = await here.connected_clients.find(wanted)
    assert sorted(numbers(findings)[1]) == [by_name[name].number for name in found]
    assert findings.answers[1].total == len(found)


async def test_newest_clients_are_told_up_to_the_limit(nodes: tuple[Node, Node]) -> None:
    here, there = nodes
    clients = [enter(there, f"client-{number}")[0] for number in range(4)]
    findings = await here.connected_clients.find(ClientFilter(most=2))
    assert numbers(findings) == [[], [clients[3].number, clients[2].number]]
    assert [answer.total for answer in findings.answers] == [0, 4]


@pytest.mark.parametrize("lost", ["clients.list", "clients.listed"])
async def test_process_that_does_not_answer_is_named(
    nodes: tuple[Node, Node], layer: LossyLayer, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    here, there = nodes
    monkeypatch.setattr(query_module, "ANSWER_S", 0.05)
    enter(there, "alice")
    client, _ = enter(here, "bob")
    layer.holds.add(lost)
    findings = await here.connected_clients.find(ALL)
    layer.holds.clear()
    assert numbers(findings) == [[client.number]]
    assert findings.silent == (presence_module.PROCESS_NAME,)


async def test_new_process_takes_whatever_answers_come(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, there = nodes
    client, _ = enter(there, "alice")
    monkeypatch.setattr(query_module, "ANSWER_S", 0.2)
    new = Node()
    findings = await new.connected_clients.find(ALL)
    assert [client.number] in numbers(findings)
    await new.stop()


async def test_without_other_processes_nobody_is_waited_for(still_node: Node, settings: Any) -> None:
    settings.REDIS_URL = ""
    client, _ = enter(still_node, "alice")
    async with asyncio.timeout(query_module.ANSWER_S / 2):
        assert numbers(await still_node.connected_clients.find(ALL)) == [[client.number]]


async def test_answer_that_comes_too_late_is_nobodys(nodes: tuple[Node, Node]) -> None:
    here, _ = nodes
    late = {"type": "clients.ended", "sender": "elsewhere", "number": 4711, "is_ended": True}
    here.channel.hear(late)
    assert not here.connected_clients._questions


# Ending one


@pytest.mark.parametrize("where", ["here", "there"])
async def test_ended_client_gets_logout_and_loses_everything(
    nodes: tuple[Node, Node], caplog: pytest.LogCaptureFixture, where: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="events.clients.client")
    here, there = nodes
    node = here if where == "here" else there
    client, transport = enter(node, "alice", user_id=1)
    bystander, line = enter(node, "bob", user_id=1)
    assert await here.connected_clients.end(node.channel.name or "", client.number) is True
    assert json.loads(await transport.frame())["event"] == "logout"
    assert transport.ended_with == 1000
    assert LogoutCause.CLIENT_ENDED.sentence in caplog.text
    assert not client.holds_something
    assert bystander.subscribers
    assert line.ended_with is None
    await node.leave(Identity(PATH, "alice", HOME), client, transport, datetime.now(UTC))
    assert client not in node.registry.clients
    assert await here.connected_clients.end(node.channel.name or "", client.number) is False


async def test_absent_or_stuck_client_keeps_only_logout(nodes: tuple[Node, Node]) -> None:
    here, _ = nodes
    away, away_line = enter(here, "away", user_id=1)
    away.outbox.detach(away_line, datetime.now(UTC))
    stuck, stuck_line = enter(here, "stuck", user_id=1)
    stuck_line.block()
    for client in (away, stuck):
        client.queue(MARK)
        assert await here.connected_clients.end(here.channel.name or "", client.number)
        [last] = client.outbox.waiting
        assert json.loads(last)["event"] == "logout"
        assert not client.outbox.is_connected
        assert not client.subscribers
    assert stuck_line.ended_with == 1000
    assert stuck_line.taken() == []


async def test_stranger_that_is_ended_is_told_nothing(nodes: tuple[Node, Node]) -> None:
    here, _ = nodes
    client, transport = enter(here, "stranger")
    assert await here.connected_clients.end(here.channel.name or "", client.number)
    assert transport.taken() == []
    assert transport.ended_with == 1000


async def test_silent_or_unknown_process_ends_nothing(
    nodes: tuple[Node, Node], layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = nodes
    client, transport = enter(there, "alice", user_id=1)
    assert await here.connected_clients.end("another channel", client.number) is None
    monkeypatch.setattr(query_module, "ANSWER_S", 0.05)
    layer.loses_next.add("clients.end")
    assert await here.connected_clients.end(there.channel.name or "", client.number) is None
    assert client.subscribers
    assert transport.ended_with is None


# The page

LIST = reverse_lazy("admin:events_connectedclient_changelist")
NAME = "events_connectedclient_changelist"
on_the_page = pytest.mark.django_db(transaction=True)


class Desk:
    """A browser whose pages are served in the loop of the clients, as daphne does it."""

    def __init__(self) -> None:
        self._browser = AsyncClient()

    async def sit_down(self, user: User) -> None:
        await self._browser.aforce_login(user)

    async def open(self, **query: Any) -> str:
        response = await self._browser.get(str(LIST), query)
        assert response.status_code == 200
        return response.content.decode()

    async def end(self, target: str) -> str:
        """The page after the button in the row of this client."""
        response = await self._browser.post(str(LIST), {"client": target}, follow=True)
        assert response.redirect_chain
        return response.content.decode()


def shown(page: str) -> list[int]:
    """The numbers of the clients that have a row, and a button in it."""
    return [int(number) for number in re.findall(r'name="client" value="[^"]* (\d+)"', page)]


@pytest.fixture
async def loops_node(layer: LossyLayer) -> AsyncIterator[Node]:
    node = current_node()
    yield node
    await node.stop()
    await current_publisher().stop()


@pytest.fixture
async def desk(loops_node: Node, transactional_db: None) -> Desk:
    desk = Desk()
    await desk.sit_down(await User.objects.acreate(login="root@fleet.example", is_staff=True, is_superuser=True))
    return desk


@on_the_page
async def test_page_shows_and_escapes_each_client(desk: Desk, loops_node: Node, alice: User) -> None:
    client, _ = enter(loops_node, "alice", address="<b>203.0.113.7", user_id=alice.pk)
    client.queue(MARK)
    page = await desk.open()
    told = ("alice@fleet.example (session)", "websocket", "state: 2", "1 frame<", f"{len(MARK)}\xa0bytes", "1 client<")
    for part in (
        *told,
        client.since.strftime("%Y-%m-%d %H:%M:%S"),
        "&lt;b&gt;203.0.113.7",
        presence_module.PROCESS_NAME,
    ):
        assert part in page
    assert "errornote" not in page


@on_the_page
async def test_page_names_processes_that_did_not_answer(
    nodes: tuple[Node, Node], desk: Desk, loops_node: Node, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await loops_node.channel.wait_until_open()
        while len(loops_node.presence.others) < 2:
            await asyncio.sleep(0)
    make_old(loops_node)
    assert "errornote" not in await desk.open()
    monkeypatch.setattr(query_module, "ANSWER_S", 0.05)
    layer.holds.add("clients.list")
    page = await desk.open()
    layer.holds.clear()
    assert f"missing here: {presence_module.PROCESS_NAME}, {presence_module.PROCESS_NAME}." in page


@on_the_page
async def test_page_shows_the_newest_first(desk: Desk, loops_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_module, "ROWS_PER_PAGE", 2)
    monkeypatch.setattr(admin_module, "MOST_ROWS", 5)
    clients = [enter(loops_node, f"client-{number}")[0] for number in range(8)]
    pages = [await desk.open(p=number) for number in ("1", "3", "4", "x")]
    expected = [[clients[number].number for number in numbers] for numbers in ((7, 6), (3,), (3,), (7, 6))]
    assert [shown(page) for page in pages] == expected
    assert "5 of 8 clients: the newest" in pages[0]


@on_the_page
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ALICE", ["alice"]),
        (".example", ["alice", "charlie"]),
        ("203.0", ["alice", "stranger"]),
        ("", ["alice", "charlie", "stranger"]),
        (" ", ["alice", "charlie", "stranger"]),
        ("%", []),
        ("\0", []),
        ("a" * 5000, []),
    ],
)
async def test_search_finds_parts_of_logins_and_addresses(
    desk: Desk, loops_node: Node, alice: User, charlie: User, query: str, found: list[str]
) -> None:
    by_name = {
        "alice": enter(loops_node, "alice", user_id=alice.pk)[0],
        "charlie": enter(loops_node, "charlie", address=ELSEWHERE, user_id=charlie.pk)[0],
        "stranger": enter(loops_node, "stranger")[0],
    }
    page = await desk.open(q=query)
    assert [name for name in by_name if by_name[name].number in shown(page)] == found
    assert ("No clients" in page) is (not found)


@on_the_page
async def test_button_ends_the_client_of_its_row(desk: Desk, loops_node: Node, alice: User) -> None:
    client, transport = enter(loops_node, "alice", user_id=alice.pk)
    other, line = enter(loops_node, "other", user_id=alice.pk)
    [target] = re.findall(rf'name="client" value="([^"]* {client.number})"', await desk.open())
    assert "was ended" in await desk.end(target)
    assert json.loads(await transport.frame())["event"] == "logout"
    assert line.taken() == []
    assert other.subscribers
    await loops_node.leave(Identity(PATH, "alice", HOME), client, transport, datetime.now(UTC))
    assert "gone already" in await desk.end(target)


@on_the_page
@pytest.mark.parametrize("target", ["", "channel", "channel x", "channel ²", f"channel {'9' * 30}"])
async def test_client_that_is_not_named_is_not_ended(desk: Desk, target: str) -> None:
    assert "was not said" in await desk.end(target)


@on_the_page
async def test_client_of_an_unknown_process_is_not_ended(desk: Desk) -> None:
    assert "does not answer" in await desk.end("another-channel 1")


def test_page_is_linked_and_served_without_a_loop(staff: Admin) -> None:
    assert str(LIST) in staff.open("index").content.decode()
    assert "No clients" in staff.open(NAME).content.decode()
    assert staff._client.put(LIST).status_code == 405


def test_seeing_and_ending_need_a_right_each(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    assert browser.get(LIST).status_code == 302
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert browser.get(LIST).status_code == 403
    alice.user_permissions.add(Permission.objects.get(codename="view_connectedclient"))
    assert browser.get(LIST).status_code == 200
    assert browser.post(LIST, {"client": " 1"}).status_code == 403
    alice.user_permissions.add(Permission.objects.get(codename="delete_connectedclient"))
    assert browser.post(LIST, {"client": " 1"}).status_code == 302


@on_the_page
async def test_who_may_only_look_has_no_buttons(desk: Desk, loops_node: Node, alice: User) -> None:
    enter(loops_node, "alice", user_id=alice.pk)
    assert 'name="client"' in await desk.open()
    await User.objects.filter(pk=alice.pk).aupdate(is_staff=True)
    await alice.user_permissions.aadd(await Permission.objects.aget(codename="view_connectedclient"))
    await desk.sit_down(alice)
    page = await desk.open()
    assert "alice@fleet.example" in page
    assert 'name="client"' not in page


def test_ending_needs_the_token_of_the_page(staff: Admin) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(login="root@fleet.example"))
    assert browser.post(LIST, {"client": " 1"}).status_code == 403
    browser.get(LIST)
    token = browser.cookies["csrftoken"].value
    assert browser.post(LIST, {"client": " 1", "csrfmiddlewaretoken": token}).status_code == 302
