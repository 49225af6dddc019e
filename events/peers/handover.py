"""What a client takes along when it goes on in another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from events.clients.client import Client
from events.clients.subscriber import Login, Manner
from events.protocol import messages
from events.protocol.commands import EventType
from events.protocol.kinds.following import Watch

if TYPE_CHECKING:
    from events.hub.hub import Hub


@dataclass(frozen=True, slots=True)
class PackedSubscription:
    """What a login follows by one event type, and how."""

    type: EventType
    manner: Manner
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
    return Parcel(client.outbox.waiting, tuple(map(_pack_login, client.logins)))


def _pack_login(login: Login) -> PackedLogin:
    subscriptions = (
        PackedSubscription(event_type, manner, login.following(event_type).watches())
        for event_type, manner in login.manners.items()
    )
    return PackedLogin(login.principal.digest, login.principal.account_id, tuple(subscriptions))


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
    types = {subscription.type for login in packed for subscription in login.subscriptions}
    followed = {
        source_id: watch.tracker_id
        for login in packed
        for subscription in login.subscriptions
        for source_id, watch in subscription.watches.items()
    }
    loaded = await hub.load_account(account_id, [login.digest for login in packed], types, followed)
    for login in packed:
        principal = loaded.principals.get(login.digest)
        if principal is not None:
            _resume(client.login_for(principal), login)
        elif login.digest not in client.digests_of(account_id):
            client.queue(messages.logout())
    # The database was asked about these; others that subscribed here meanwhile are not ended.
    digests = {login.digest for login in packed}
    known = {digest: followed for digest, followed in client.followed(account_id).items() if digest in digests}
    client.reconcile(account_id, loaded.principals, loaded.tracked, known, loaded.moved)
    client.catch_up(account_id, loaded.readings, loaded.recent)


def _resume(login: Login, packed: PackedLogin) -> None:
    """What it subscribed to here meanwhile is newer."""
    for subscription in packed.subscriptions:
        if subscription.type not in login.manners:
            login.read_as(subscription.type, subscription.manner)
        login.following(subscription.type).resume(subscription.watches)
