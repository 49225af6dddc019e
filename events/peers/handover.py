"""Handover: what a client takes along when it goes on in another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.clients.client import Client
from events.clients.subscriber import Login, Manner
from events.hub.hub import Hub
from events.protocol import messages
from events.protocol.commands import EventType
from events.protocol.kinds.following import Watch


@dataclass(frozen=True, slots=True)
class HandedSubscription:
    """What a login follows by one event type, and how."""

    type: EventType
    manner: Manner
    watches: dict[int, Watch]
    """By source id."""


@dataclass(frozen=True, slots=True)
class HandedLogin:
    """A login and where it left off; who it is and what it may see is read from the database again."""

    digest: str
    account_id: int
    subscriptions: tuple[HandedSubscription, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """The messages that wait for a client, in order, and its logins."""

    messages: tuple[str, ...]
    logins: tuple[HandedLogin, ...]


def hand_over(client: Client) -> Handover:
    """What a client holds; it keeps it."""
    return Handover(client.outbox.waiting, tuple(map(_hand_over_login, client.logins)))


def _hand_over_login(login: Login) -> HandedLogin:
    subscriptions = (
        HandedSubscription(event_type, manner, login.following(event_type).watches())
        for event_type, manner in login.manners.items()
    )
    return HandedLogin(login.principal.digest, login.principal.account_id, tuple(subscriptions))


async def take_over(handover: Handover, client: Client, hub: Hub) -> None:
    """Lets a client go on where it left off, with all that happened since as the database has it."""
    client.outbox.put_back(handover.messages, datetime.now(UTC))
    by_account: dict[int, list[HandedLogin]] = {}
    for login in handover.logins:
        by_account.setdefault(login.account_id, []).append(login)
    for account_id, logins in by_account.items():
        await _take_over_logins(account_id, logins, client, hub)


async def _take_over_logins(account_id: int, handed: Sequence[HandedLogin], client: Client, hub: Hub) -> None:
    # Attached before the database is read: what is published between the two is heard here, not lost.
    await hub.attach(client, account_id)
    types = {subscription.type for login in handed for subscription in login.subscriptions}
    followed = {
        source_id: watch.tracker_id
        for login in handed
        for subscription in login.subscriptions
        for source_id, watch in subscription.watches.items()
    }
    loaded = await hub.load_account(account_id, [login.digest for login in handed], types, followed)
    for login in handed:
        principal = loaded.principals.get(login.digest)
        if principal is not None:
            _resume(client.login_for(principal), login)
        elif login.digest not in client.digests_of(account_id):
            client.queue(messages.logout())
    # The database was asked about these; others that subscribed here meanwhile are not ended.
    digests = {login.digest for login in handed}
    known = {digest: followed for digest, followed in client.followed(account_id).items() if digest in digests}
    client.reconcile(account_id, loaded.principals, loaded.tracked, known, loaded.moved)
    client.catch_up(account_id, loaded.readings, loaded.recent)


def _resume(login: Login, handed: HandedLogin) -> None:
    for subscription in handed.subscriptions:
        # How it asked for events here meanwhile is newer than what it brings along.
        if subscription.type not in login.manners:
            login.read_as(subscription.type, subscription.manner)
        login.following(subscription.type).resume(subscription.watches)
