"""A node on a layer in memory, and people who visit it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.core.cache import cache

from accounts import notices
from accounts.models import User
from accounts.services.sessions import create_session
from events import node as node_module
from events.clients.client import Client
from events.clients.identity import Identity
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Subscriber
from events.commands.subscribe import carry_out
from events.hub.hub import Hub
from events.node import Node
from events.peers import moves as moves_module
from events.peers import relay as relay_module
from events.protocol.commands import parse_command
from events.protocol.messages import encode
from tests.events.builders import NOON, follow
from tests.events.fakes import PATIENCE_S, FakeTransport, LossyLayer
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

VISITOR = Identity("/event/subscription", "", "203.0.113.7")


class Visitor(FakeTransport):
    """A client of the node, and the end of its line; it cannot come back."""

    def __init__(self, node: Node, credential: str) -> None:
        super().__init__()
        self.credential = credential
        self._node = node
        self._is_here = True
        self.client = node.enter(VISITOR, self, datetime.now(UTC), address=VISITOR.address)

    async def command(self, **document: Any) -> None:
        """Carries out a command; raises what it is refused with."""
        command = parse_command(encode({"action": "subscribe", "hash": self.credential, **document}))
        await carry_out(command, self.client, self._node.hub)

    async def subscribe(self, tracker_ids: Collection[int], **fields: Any) -> dict[str, Any]:
        """Subscribes in the legacy form; the statuses. The current states wait to be read."""
        await self.command(events=["state"], trackers=list(tracker_ids), **fields)
        return (await self.message())["data"]["state"]["value"]

    async def speeds(self, count: int) -> list[tuple[int, int | None]]:
        """The next state events, as pairs of source and speed."""
        states = [event["data"] for event in await self.messages(count)]
        return [(state["source_id"], state["gps"]["speed"]) for state in states]

    async def leave(self) -> None:
        if self._is_here:
            self._is_here = False
            await self._node.leave(VISITOR, self.client, self, datetime.now(UTC))


Register = Callable[..., Tracker]
Visit = Callable[[User | str], Awaitable[Visitor]]


@pytest.fixture
async def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
async def client(transport: FakeTransport) -> AsyncIterator[Client]:
    """A client that no node knows, connected."""
    client = Client(StateRenderer(), NOON)
    client.outbox.attach(transport, NOON)
    yield client
    transport.unblock()
    client.close()


@pytest.fixture
async def subscriber(client: Client) -> Subscriber:
    """Alice as a subscriber who follows the sources 1 and 2."""
    return follow(client, "digest")


@pytest.fixture
def vans(transactional_db: None, alice: User, register: Register) -> list[Tracker]:
    return [register(alice), register(alice)]


@pytest.fixture
def report(transactional_db: None) -> Callable[..., Any]:
    """Lets a van report its next speeds; from a thread, as a view would."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)

    def store(van: Tracker, *speeds: int) -> None:
        times = {speed: start + timedelta(seconds=speed) for speed in speeds}
        reports = [Report(van.source.device_id, times[speed], Fix(47.5, 19.0, speed_kmh=speed)) for speed in speeds]
        ingest(reports, received_at=max(times.values()))

    return database_sync_to_async(store)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets seconds pass in hundredths."""
    monkeypatch.setattr(notices, "TICK_INTERVAL_S", 0.01)
    monkeypatch.setattr(node_module, "BEAT_S", 0.01)
    monkeypatch.setattr(node_module, "RETRY_S", 0.01)


@pytest.fixture
async def layer(settings: Any) -> LossyLayer:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.events.fakes.LossyLayer"}}
    return get_channel_layer()


@pytest.fixture
def two_processes(settings: Any, layer: LossyLayer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The layer and the cache are in memory, but several nodes use them; nobody is taken for absent because the machine
    is slow."""
    settings.REDIS_URL = "redis://nowhere"
    settings.CACHES = {"default": {"BACKEND": "tests.events.fakes.MemoryBroker"}}
    monkeypatch.setattr(node_module, "BEAT_S", 3600)
    monkeypatch.setattr(relay_module, "CLAIM_S", PATIENCE_S)
    monkeypatch.setattr(moves_module, "ANSWER_S", PATIENCE_S)
    yield
    cache.clear()


@pytest.fixture
async def node(layer: LossyLayer, quick: None) -> AsyncIterator[Node]:
    node = Node()
    yield node
    await node.stop()
    await notices.current_publisher().stop()


@pytest.fixture
async def hub(node: Node) -> Hub:
    return node.hub


@pytest.fixture
async def still_node(layer: LossyLayer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    """A node whose clock stands still after the first beat: it forgets nobody by itself."""
    monkeypatch.setattr(node_module, "BEAT_S", 3600)
    node = Node()
    await node.channel.wait_until_open()
    yield node
    await node.stop()
    await notices.current_publisher().stop()


@pytest.fixture
async def visit(node: Node) -> AsyncIterator[Visit]:
    """Connects somebody, by a session of a user or by a credential."""
    visitors = []

    async def connect(who: User | str) -> Visitor:
        credential = who if isinstance(who, str) else await database_sync_to_async(create_session)(who)
        visitors.append(Visitor(node, credential))
        return visitors[-1]

    yield connect
    for visitor in visitors:
        visitor.unblock()
        await visitor.leave()
