"""How long a client that is lost has to subscribe by itself before it is told."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from events.clients.identity import Identity, make_tracking_id
from events.node import Node
from events.peers import lost_clients as lost_clients_module
from tests.events.builders import make_connection
from tests.events.fakes import FakeTransport

ALICE = Identity("/event/subscription", make_tracking_id(), "203.0.113.7")
BACK = f"X-Atmosphere-tracking-id={ALICE.tracking_id}&X-atmo-protocol=true&X-Atmosphere-Framework=2.3.0"
LONG_S = 3600.0


@pytest.fixture
async def lost(still_node: Node) -> FakeTransport:
    """A client that is back, and of which nobody knows more than that it had subscribed."""
    still_node.marks.note(ALICE)
    transport = FakeTransport(make_connection(BACK))
    still_node.registry.enter(ALICE, transport, datetime.now(UTC), address=ALICE.address)
    return transport


async def event(transport: FakeTransport) -> str:
    """The next event's name, behind its length or the heartbeats before it."""
    while "{" not in (frame := await transport.frame()):
        pass
    name: str = json.loads(frame[frame.index("{") :])["event"]
    return name


async def test_grace_begins_with_the_connection(
    still_node: Node, lost: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_clients_module, "GRACE_S", LONG_S)
    monkeypatch.setattr(lost_clients_module, "LEAST_GRACE_S", 0.01)
    still_node.lost_clients.look_after(ALICE, came_at=asyncio.get_running_loop().time() - LONG_S)
    assert await event(lost) == "logout"


async def test_grace_goes_on_when_the_others_were_asked_for_long(
    still_node: Node, lost: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_clients_module, "LEAST_GRACE_S", 0.5)
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    still_node.lost_clients.look_after(ALICE, came_at=began_at - LONG_S)
    assert await event(lost) == "logout"
    assert loop.time() - began_at >= 0.5
