"""Registry of clients: finds the client of a connection or push, and forgets those that stay away."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from events.clients.client import Client
from events.clients.identity import Identity, is_of_ours
from events.clients.renderer import StateRenderer
from events.clients.transport import Transport
from events.hub.holdings import Holdings, StrangersShare, count_held
from events.hub.hub import Hub
from events.hub.pulse import Pulse
from events.hub.turns import Turns

# Of clients that are away without ever having logged in so many are kept: anybody can leave such behind.
MAX_AWAY_STRANGERS = 1000
# Of clients that only pushed so many are offered to other processes at once.
MAX_OFFERED = 100
# By these a client comes with each request anew; what it was left at the last time has to be there.
POLLS = ("long-polling", "jsonp", "polling")


def may_go_on(client: Client, identity: Identity, *, is_poll: bool) -> bool:
    """Whether a connection may go on with what a client holds.

    Who chose the id itself may poll on, but gets nothing of one that was connected otherwise: another may have chosen
    the same (docs/decisions/0033).
    """
    polled = not client.outbox.last_transport or client.outbox.last_transport in POLLS
    return (is_poll and polled) or is_of_ours(identity.tracking_id)


class ClientRegistry:
    """Registry of the clients of this process, keyed by identity, from their first connection until they stay away."""

    def __init__(self, hub: Hub, renderer: StateRenderer, *, start: Callable[[], None]) -> None:
        """`start` is called for each new client, lest there be one and nobody to look after it."""
        self._hub = hub
        self._renderer = renderer
        self._start = start
        # All clients; those that cannot come back are in no other map.
        self._clients: dict[Client, None] = {}
        self._by_identity: dict[Identity, Client] = {}
        # Of these the ones without a connection.
        self._away: dict[Identity, Client] = {}
        # Those for whom messages wait; looked through now and then.
        self._burdened: set[Client] = set()
        self._pulse = Pulse()
        self._turns, self._offered = Turns(), Turns(MAX_OFFERED)
        # The addresses that connections come from, and how many from each.
        self._origins: dict[Transport, str] = {}
        self._connections: Counter[str] = Counter()
        self._owners: dict[Transport, Client] = {}
        self._strangers = StrangersShare()
        self._holdings = Holdings()
        # Of clients that are no more.
        self._frames_sent = self._bytes_sent = 0

    # Counts

    @property
    def clients(self) -> Collection[Client]:
        """The clients of this process, those that are away too."""
        return tuple(self._clients)

    def take_known(self) -> Collection[tuple[Identity, Client]]:
        """Some of the clients that may come back, and what they are known by: each time the next, all in turns."""
        return self._turns.take(self._by_identity.items())

    def take_pushed(self) -> Collection[Identity]:
        """Some of those that never connected here, and for whom something waits: each time the next, all in turns."""
        away = self._away.items()
        return self._offered.take(
            identity for identity, client in away if client.holds_something and not client.outbox.was_connected
        )

    @property
    def transports(self) -> Sequence[Transport]:
        """What carries the connections that are open now."""
        return tuple(self._origins)

    @property
    def left_behind(self) -> Mapping[Identity, Client]:
        """Those that are away and have left anything here."""
        return {
            identity: client
            for identity, client in self._by_identity.items()
            if client.holds_something and not client.outbox.is_connected
        }

    @property
    def frames_sent(self) -> int:
        """Messages that transports took since the process began."""
        return self._frames_sent + sum(client.outbox.frames_sent for client in self._clients)

    @property
    def bytes_sent(self) -> int:
        """Their length, without what transports add."""
        return self._bytes_sent + sum(client.outbox.bytes_sent for client in self._clients)

    @property
    def held_bytes(self) -> int:
        """What is kept for all clients: messages that wait, and what connections hold."""
        return count_held(self._clients, self._owners).total()

    def has_room_for(self, address: str) -> bool:
        """Whether one more connection may be held: in all, and of this address."""
        most, most_of_one = settings.MAX_CONNECTIONS, settings.MAX_CONNECTIONS_PER_ADDRESS
        return len(self._origins) < most and self._connections.get(address, 0) < most_of_one

    def takes_push(self, identity: Identity) -> bool:
        """Whether an answer may wait for whom this belongs to. One that is there and has fetched all may always ask."""
        client = self.find(identity)
        if client is None:
            return self._strangers.has_room(identity.address)
        outbox = client.outbox
        if outbox.is_full:
            return False
        fetches = outbox.was_connected and outbox.is_empty
        return bool(client.subscribers) or fetches or self._strangers.has_room(client.address)

    def note_waiting(self, client: Client, characters: int) -> None:
        """So many characters more wait for a client."""
        if not client.subscribers and characters > 0:
            self._strangers.add(client.address, characters)

    # Coming

    def find(self, identity: Identity) -> Client | None:
        """The client known by this; None if there is none here."""
        return self._by_identity.get(identity)

    def meet(self, identity: Identity, now: datetime) -> Client:
        """The client known by this, made if there is none: what is for it waits from now on."""
        client = self._by_identity.get(identity)
        if client is None:
            client = self._by_identity[identity] = self._away[identity] = self._make(now)
            client.address = identity.address
        return client

    def enter(self, identity: Identity, transport: Transport, now: datetime, *, address: str) -> Client:
        """The client at the end of a new connection, which comes from `address`; `leave` must follow."""
        if transport.connection.can_come_back:
            client = self.meet(identity, now)
            self._away.pop(identity, None)
        else:
            client = self._make(now)
        self._origins[transport] = client.address = address
        self._connections[address] += 1
        self._owners[transport] = client
        client.connect(transport, now)
        self._pulse.watch(client, now, time.monotonic())
        return client

    def _make(self, now: datetime) -> Client:
        client = Client(self._renderer, now, self._burdened)
        self._clients[client] = None
        self._start()
        return client

    # Going

    async def leave(self, identity: Identity, client: Client, transport: Transport, now: datetime) -> None:
        """Ends a connection. The client is kept while it may come back and anything waits or would be missed."""
        address = self._origins.pop(transport)
        del self._owners[transport]
        self._connections[address] -= 1
        if not self._connections[address]:
            del self._connections[address]
        client.outbox.detach(transport, now)
        # Another may be known by this identity since this one said goodbye, moved away or was ended.
        if self._by_identity.get(identity) is not client:
            if not client.outbox.is_connected:
                await self._forget(client)
        elif self._is_dispensable(client, now):
            await self.dismiss(identity)
        elif not client.outbox.is_connected:
            self._away[identity] = client

    async def dismiss(self, identity: Identity) -> Client | None:
        """Forgets a client; the one that was known by this."""
        client = self._pop(identity)
        if client is not None and not client.outbox.is_connected:
            await self._forget(client)
        return client

    def disown(self, identity: Identity, now: datetime) -> Client:
        """Ends the connection of the client known by this, which is known by it no longer. To be forgotten next."""
        client = self._pop(identity)
        assert client is not None
        client.outbox.end(now)
        return client

    async def forget(self, client: Client) -> None:
        """Forgets a client that was disowned."""
        await self._forget(client)

    async def say_goodbye(self, identity: Identity) -> None:
        """Ends a client that closed; its id may come back as another's."""
        client = self._pop(identity)
        if client is None:
            return
        client.say_goodbye()
        if not client.outbox.is_connected:
            await self._forget(client)

    async def forget_absent(self, now: datetime) -> None:
        """Forgets those that have been away too long, and those beyond the limits, the oldest first."""
        away = tuple(self._away.items())
        gone = {identity for identity, client in away if self._is_dispensable(client, now)}
        idle = [(identity, client) for identity, client in away if not client.receiving.locked()]
        strangers = [identity for identity, client in idle if not client.subscribers and identity not in gone]
        known = [identity for identity, client in idle if client.subscribers and identity not in gone]
        for identity in [*gone, *strangers[:-MAX_AWAY_STRANGERS], *known[: -settings.MAX_CONNECTIONS]]:
            await self.dismiss(identity)

    def set_back(self, now: datetime) -> None:
        """The clock was set back to this: who is away would be kept for so much longer."""
        for client in self._away.values():
            client.outbox.set_back(now)

    def beat(self, now: datetime) -> None:
        """Fills the silence of connections that are due. To be called every second or so."""
        self._pulse.beat(now, time.monotonic())

    def relieve(self) -> None:
        """Looks how much is kept for all clients, and gives up those for whom most is kept if that is too much."""
        self._burdened.intersection_update([client for client in self._burdened if not client.outbox.is_empty])
        self._strangers.count_anew(self._burdened)
        self._holdings.relieve(self._burdened, self._owners.copy())

    def _is_dispensable(self, client: Client, now: datetime) -> bool:
        if client.outbox.is_connected or client.receiving.locked():
            return False
        away = timedelta(seconds=settings.ATMOSPHERE_AWAY_S)
        return not client.holds_something or now - client.outbox.away_since >= away

    def _pop(self, identity: Identity) -> Client | None:
        self._away.pop(identity, None)
        return self._by_identity.pop(identity, None)

    async def _forget(self, client: Client) -> None:
        # A command that is being carried out would log it in again.
        async with client.receiving:
            client.close()
            self._pulse.forget(client)
            self._burdened.discard(client)
            if self._clients.pop(client, client) is None:
                self._frames_sent += client.outbox.frames_sent
                self._bytes_sent += client.outbox.bytes_sent
            await self._hub.detach(client)
