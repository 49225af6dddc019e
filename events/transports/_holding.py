"""Responses that are held: what all transports over HTTP that wait have in common."""

from __future__ import annotations

from datetime import UTC, datetime

from events.clients.transport import Transport
from events.node import current_node
from events.transports._exchange import Exchange


async def hold(exchange: Exchange, transport: Transport) -> None:
    """Lets a client hear over a response that was begun, until either side ends it."""
    node, identity = current_node(), exchange.caller.identity
    client = node.enter(identity, transport, datetime.now(UTC), address=exchange.caller.address)
    try:
        await exchange.wait_for_end()
    finally:
        await node.leave(identity, client, transport, datetime.now(UTC))
