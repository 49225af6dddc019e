"""How much a process keeps in memory for its clients: in sum, by address, and for those without a login."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from django.conf import settings

from accounts.wire.addresses import address_block
from events.clients.client import Client
from events.clients.transport import Transport
from events.hub.turns import Turns

logger = logging.getLogger(__name__)

WARN_EVERY_S = 60.0
# Of what may wait for strangers, those of one address get so much: others are not to be kept out by it.
SHARE_OF_ADDRESS = 4


class Warnings:
    """Says of a limit that it was met, but not each time."""

    def __init__(self) -> None:
        self._warned_at = -WARN_EVERY_S

    def warn(self, text: str, *arguments: object) -> None:
        now = time.monotonic()
        if now - self._warned_at >= WARN_EVERY_S:
            self._warned_at = now
            logger.warning(text, *arguments)


class StrangersShare:
    """The characters that wait for clients without a login: anybody can have answers wait that nobody fetches.

    Counted when `count_anew` is called, which is to be done often, and added to in between.
    """

    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()
        self._warnings = Warnings()

    def count_anew(self, clients: Iterable[Client]) -> None:
        """Forgets what was added, and looks at what waits."""
        self._by_address.clear()
        for client in clients:
            if not client.subscribers and (characters := client.outbox.waiting_characters):
                self.add(client.address, characters)

    def add(self, address: str, characters: int) -> None:
        """So many more wait for a stranger that connects from `address`."""
        self._by_address[address_block(address)] += characters

    def has_room(self, address: str) -> bool:
        """Whether more may wait for one from there. Clients that are known by their id alone have no address."""
        most = settings.MAX_WAITING_BYTES_OF_STRANGERS
        is_within = self._by_address.total() < most
        is_within = is_within and (not address or self._by_address[address_block(address)] < most // SHARE_OF_ADDRESS)
        if not is_within:
            self._warnings.warn("too much waits for clients without a login; their pushes get 503")
        return is_within


class Holdings:
    """What is kept for all clients. Those for whom most is kept are given up when it is too much."""

    def __init__(self) -> None:
        self._held: Counter[Client] = Counter()
        self._laden: set[Transport] = set()
        self._turns = Turns()
        self._warnings = Warnings()

    def relieve(self, clients: Iterable[Client], connections: Mapping[Transport, Client]) -> None:
        """Gives up clients until what is kept for the others is within the limits, in all and of each address.

        `clients` are those for whom messages may wait, `connections` all that there are.
        """
        self._look_for_laden(connections)
        laden = {transport: connections[transport] for transport in self._laden}
        before, self._held = self._held, count_held(clients, laden)
        excess = _Excess(self._held)
        if not excess.is_there:
            return
        for client, size in self._held.most_common():
            # Who takes some of it makes room by itself.
            if size >= before[client] > 0 and excess.counts(client):
                excess.subtract(client, size)
                del self._held[client]
                self._give_up(client, connections)

    def _look_for_laden(self, connections: Mapping[Transport, Client]) -> None:
        """Looks at some of the connections, the next time at the next; one that holds anything is kept in view."""
        looked_at = self._laden.union(self._turns.take(connections)) & connections.keys()
        self._laden = {transport for transport in looked_at if transport.held_bytes}

    def _give_up(self, client: Client, connections: Mapping[Transport, Client]) -> None:
        self._warnings.warn("too much is kept for clients that do not read; those for whom most is are given up")
        client.outbox.forsake()
        for transport in [one for one, owner in connections.items() if owner is client]:
            transport.abort()


class _Excess:
    """By how much the limits are passed."""

    def __init__(self, held: Mapping[Client, int]) -> None:
        self._sum = 0
        self._by_address: Counter[str] = Counter()
        for client, size in held.items():
            self.subtract(client, -size)

    @property
    def is_there(self) -> bool:
        most_of_one = max(self._by_address.values(), default=0)
        return self._sum > settings.MAX_WAITING_BYTES or most_of_one > settings.MAX_WAITING_BYTES_PER_ADDRESS

    def counts(self, client: Client) -> bool:
        """Whether a limit is passed that is this client's."""
        of_address = self._by_address[address_block(client.address)]
        return self._sum > settings.MAX_WAITING_BYTES or of_address > settings.MAX_WAITING_BYTES_PER_ADDRESS

    def subtract(self, client: Client, size: int) -> None:
        self._sum -= size
        self._by_address[address_block(client.address)] -= size


def count_held(clients: Iterable[Client], connections: Mapping[Transport, Client]) -> Counter[Client]:
    """How many bytes are kept for each client: messages that wait, and what its connections hold."""
    held = Counter({client: size for client in clients if (size := client.outbox.waiting_characters)})
    for transport, client in connections.items():
        if size := transport.held_bytes:
            held[client] += size
    return held
