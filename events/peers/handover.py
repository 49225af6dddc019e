"""Handover: what a client takes along when it goes on in another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from events.clients.client import Client
from events.clients.numbering import Numbering
from events.clients.subscriber import Subscriber
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from events.protocol import messages
from events.protocol.kinds import KINDS
from events.protocol.kinds.history import HISTORY
from events.protocol.numbering import Place, unnumbered
from events.protocol.subscription import Watch


@dataclass(frozen=True, slots=True)
class HandedSubscription:
    """What a subscriber follows by one kind of events, and how."""

    kind: str
    options: dict[str, Any]
    covers_all: bool
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
    place: Place | None = None
    """Where the numbers of its events are, if it has any."""


def hand_over(client: Client) -> Handover:
    """What a client holds; it keeps it."""
    place = client.numbering.place if client.numbering else None
    return Handover(client.outbox.waiting, tuple(map(_hand_over_login, client.subscribers)), place)


def _hand_over_login(subscriber: Subscriber) -> HandedLogin:
    subscriptions = []
    for kind, options in subscriber.options.items():
        one = subscriber.subscription(kind)
        handed = HandedSubscription(kind.name, msgspec.to_builtins(options), one.covers_all, one.watches())
        subscriptions.append(handed)
    return HandedLogin(subscriber.principal.digest, subscriber.principal.account_id, tuple(subscriptions))


def joined(first: Handover, second: Handover) -> Handover:
    """What two processes hold of one client."""
    place = first.place or second.place
    later = second.messages if first.place is None else tuple(map(unnumbered, second.messages))
    return Handover((*first.messages, *later), (*first.logins, *second.logins), place)


async def take_over(handover: Handover, client: Client, hub: Hub) -> None:
    """Lets a client go on where it left off, with all that happened since as the database has it."""
    client.outbox.put_back(_go_on_counting(handover, client), datetime.now(UTC))
    by_account: dict[int, list[HandedLogin]] = {}
    for login in handover.logins:
        by_account.setdefault(login.account_id, []).append(login)
    for account_id, logins in by_account.items():
        await _take_over_logins(account_id, logins, client, hub)


def _go_on_counting(handover: Handover, client: Client) -> Sequence[str]:
    """The messages that waited, with the numbers of the client's events here."""
    if handover.place is None:
        return handover.messages
    if client.numbering is not None:
        # It asked for numbers here meanwhile; those of before would be taken for these.
        return tuple(map(unnumbered, handover.messages))
    client.numbering = Numbering(handover.place)
    client.numbering.begin_connection(handover.messages)
    return handover.messages


async def _take_over_logins(account_id: int, handed: Sequence[HandedLogin], client: Client, hub: Hub) -> None:
    # Attached before the database is read: what is published between the two is heard here, not lost.
    account = await hub.attach(client, account_id)
    subscriptions = [subscription for login in handed for subscription in login.subscriptions]
    kinds = {KINDS[subscription.kind] for subscription in subscriptions}
    followed = {source: watch.tracker_id for one in subscriptions for source, watch in one.watches.items()}
    wanted = None if any(one.covers_all for one in subscriptions) else list(followed.values())
    digests = [login.digest for login in handed]
    last_alerts = [
        watch.last_revision for one in subscriptions if one.kind == HISTORY.name for watch in one.watches.values()
    ]
    after_alert = min(last_alerts, default=None)
    loaded = await hub.load(account, lambda: Loaded.read(account_id, digests, wanted, kinds, followed, after_alert))
    if HISTORY in kinds:
        account.heard_alerts.begin(loaded.last_alert_id)
    # Alerts of several sources come in their order, whatever the order of the sources.
    with client.outbox.held():
        _go_on_with_logins(handed, loaded, client)


def _go_on_with_logins(handed: Sequence[HandedLogin], loaded: Loaded, client: Client) -> None:
    for login in handed:
        if (principal := loaded.principals.get(login.digest)) is not None:
            _go_on(client.subscriber_for(principal), login, loaded)
        elif (here := client.login(login.digest)) is not None:
            here.log_out("it had ended when its client moved here")
        else:
            client.queue(messages.logout())


def _go_on(subscriber: Subscriber, login: HandedLogin, loaded: Loaded) -> None:
    """Follows what was followed elsewhere, and what is new since."""
    _resume(subscriber, login)
    for source_id in subscriber.source_ids:
        subscriber.reconcile(source_id, loaded)
    subscriber.follow_new(loaded)


def _resume(subscriber: Subscriber, handed: HandedLogin) -> None:
    for one in handed.subscriptions:
        kind = KINDS[one.kind]
        subscription = subscriber.subscription(kind)
        # How it asked for events here meanwhile is newer than what it brings along.
        if kind not in subscriber.options:
            subscriber.configure(kind, msgspec.convert(one.options, kind.options))
            subscription.covers_all = subscription.covers_all or one.covers_all
        subscription.resume(one.watches)
