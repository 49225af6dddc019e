"""What a client takes along when it goes on in another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from events.clients.client import Client
from events.clients.subscriber import Subscriber
from events.protocol import messages
from events.protocol.kinds import KINDS
from events.protocol.subscription import Watch

if TYPE_CHECKING:
    from events.hub.hub import Hub


@dataclass(frozen=True, slots=True)
class PackedSubscription:
    """What a subscriber follows by one kind of events, and how."""

    kind: str
    options: dict[str, Any]
    covers_all: bool
    watches: dict[int, Watch]
    """By source id."""


@dataclass(frozen=True, slots=True)
class PackedLogin:
    """A login and where it left off; who it is and what it may see is read from the database again."""

    digest: str
    account_id: int
    subscriptions: tuple[PackedSubscription, ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """The messages that wait for a client, in order, and its logins."""

    messages: tuple[str, ...]
    logins: tuple[PackedLogin, ...]


def pack(client: Client) -> Parcel:
    """What a client holds; it keeps it."""
    return Parcel(client.outbox.waiting, tuple(map(_pack_login, client.subscribers)))


def _pack_login(subscriber: Subscriber) -> PackedLogin:
    subscriptions = []
    for kind, options in subscriber.options.items():
        one = subscriber.subscription(kind)
        packed = PackedSubscription(kind.name, msgspec.to_builtins(options), one.covers_all, one.watches())
        subscriptions.append(packed)
    return PackedLogin(subscriber.principal.digest, subscriber.principal.account_id, tuple(subscriptions))


async def unpack(parcel: Parcel, client: Client, hub: Hub) -> None:
    """Lets a client go on where it left off, with all that happened since as the database has it."""
    client.outbox.put_back(parcel.messages, datetime.now(UTC))
    by_account: dict[int, list[PackedLogin]] = {}
    for login in parcel.logins:
        by_account.setdefault(login.account_id, []).append(login)
    for account_id, logins in by_account.items():
        await _unpack_logins(account_id, logins, client, hub)


async def _unpack_logins(account_id: int, packed: Sequence[PackedLogin], client: Client, hub: Hub) -> None:
    await hub.attach(client, account_id)
    kinds = {KINDS[subscription.kind] for login in packed for subscription in login.subscriptions}
    followed = {
        source_id: watch.tracker_id
        for login in packed
        for subscription in login.subscriptions
        for source_id, watch in subscription.watches.items()
    }
    loaded = await hub.load_account(account_id, [login.digest for login in packed], kinds, followed)
    for login in packed:
        principal = loaded.principals.get(login.digest)
        if principal is not None:
            _resume(client.subscriber_for(principal), login)
        elif login.digest not in client.digests_of(account_id):
            client.queue(messages.logout())
    # The database was asked about these; others that subscribed here meanwhile are not ended.
    digests = {login.digest for login in packed}
    known = {digest: followed for digest, followed in client.followed(account_id).items() if digest in digests}
    client.reconcile(account_id, loaded.principals, loaded.tracked, known, loaded.moved)
    client.catch_up(account_id, loaded)


def _resume(subscriber: Subscriber, packed: PackedLogin) -> None:
    for one in packed.subscriptions:
        kind = KINDS[one.kind]
        subscription = subscriber.subscription(kind)
        # What it subscribed to here meanwhile is newer.
        if kind not in subscriber.options:
            subscriber.configure(kind, msgspec.convert(one.options, kind.options))
            subscription.covers_all = subscription.covers_all or one.covers_all
        subscription.resume(one.watches)
