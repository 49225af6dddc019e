"""Alice comes to one process and goes from another."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from events.clients.client import Client
from events.clients.identity import Identity, make_tracking_id
from events.node import Node
from tests.events.builders import make_connection
from tests.events.fakes import PATIENCE_S, FakeTransport

ALICE = Identity("/event/subscription", make_tracking_id(), "203.0.113.7")
BACK = f"X-Atmosphere-tracking-id={ALICE.tracking_id}&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"


def enter(node: Node, identity: Identity = ALICE) -> tuple[Client, FakeTransport]:
    transport = FakeTransport(make_connection(BACK))
    return node.enter(identity, transport, datetime.now(UTC), address=identity.address), transport


async def is_forgotten(node: Node, identity: Identity = ALICE) -> None:
    """Returns when the node knows a client no longer."""
    async with asyncio.timeout(PATIENCE_S):
        while node.registry.find(identity) is not None:
            await asyncio.sleep(0)


async def has_searched(*nodes: Node) -> None:
    """Returns when none of them looks for anybody."""
    async with asyncio.timeout(PATIENCE_S):
        while any(node.moves._searches for node in nodes):
            await asyncio.sleep(0.01)
