"""What all responses that are held have in common."""

from __future__ import annotations

from datetime import UTC, datetime

from events.clients.transport import Transport
from events.hub.hub import current_hub
from events.transports._exchange import Exchange


async def hold(exchange: Exchange, transport: Transport) -> None:
    """Lets a client hear over a response that was begun, until either side ends it."""
    hub, identity = current_hub(), exchange.caller.identity
    client = hub.clients.enter(identity, transport, datetime.now(UTC), address=exchange.caller.address)
    try:
        await exchange.wait_for_end()
    finally:
        await hub.clients.leave(identity, client, transport, datetime.now(UTC))
