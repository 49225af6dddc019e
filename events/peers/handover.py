"""Handover: what a client takes along when it goes on in another process."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from events.clients.client import Client
from events.clients.numbering import Numbering
from events.clients.subscriber import Subscriber
from events.clients.survey import Survey
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from events.protocol import messages
from events.protocol.area import Area
from events.protocol.kinds import KINDS
from events.protocol.kinds.history import HISTORY
from events.protocol.kinds.state_batch import StateBatchSubscription
from events.protocol.numbering import Place, unnumbered
from events.protocol.subscription import Watch

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandedSubscription:
    """What a subscriber follows by one kind of events, and how."""

    kind: str
    options: dict[str, Any]
    covers_all: bool
    watches: dict[int, Watch]
    """By source id."""
    area: Area | None = None
    """In which it follows whoever is there."""
    passing: tuple[int, ...] = ()
    """Those of the sources that are followed for no other reason."""


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
        if isinstance(one, StateBatchSubscription) and one.view is not None:
            handed = replace(handed, area=one.view.area, passing=tuple(one.passing))
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
    for login in map(_as_known_here, handover.logins):
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


def _as_known_here(login: HandedLogin) -> HandedLogin:
    """The login without what it follows in ways that only a newer version knows, which is taking this one's place."""
    known = tuple(filter(_is_known, login.subscriptions))
    for one in login.subscriptions:
        if one not in known:
            logger.warning("a client that comes from a newer version goes on without its events of type %s", one.kind)
    return replace(login, subscriptions=known)


def _is_known(one: HandedSubscription) -> bool:
    if one.kind not in KINDS:
        return False
    try:
        msgspec.convert(one.options, KINDS[one.kind].options)
    except msgspec.ValidationError:
        return False
    return True


async def _take_over_logins(account_id: int, handed: Sequence[HandedLogin], client: Client, hub: Hub) -> None:
    subscriptions = [subscription for login in handed for subscription in login.subscriptions]
    kinds = {KINDS[subscription.kind] for subscription in subscriptions}
    followed = {source: watch.tracker_id for one in subscriptions for source, watch in one.watches.items()}
    covers_all = any(one.covers_all and KINDS[one.kind].subscription.is_of_trackers for one in subscriptions)
    wanted = None if covers_all else list(followed.values())
    digests = [login.digest for login in handed]
    last_alerts = [
        watch.last_revision for one in subscriptions if one.kind == HISTORY.name for watch in one.watches.values()
    ]
    after_alert = min(last_alerts, default=None)
    read = partial(Loaded.read, account_id, digests, wanted, kinds, followed, after_alert)
    async with hub.reading:
        # Attached before the database is read: what is published between the two is heard here, not lost.
        account = await hub.attach(client, account_id)
        survey = await hub.survey(account) if any(one.area is not None for one in subscriptions) else None
        loaded = await hub.load(account, read, of_all=wanted is None)
    if HISTORY in kinds:
        account.heard_alerts.begin(loaded.last_alert_id)
    # Alerts of several sources come in their order, whatever the order of the sources.
    with client.outbox.held():
        _go_on_with_logins(handed, loaded, client)
        if survey is not None:
            hub.read_states(account, _go_on_looking(handed, client, survey))


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


def _go_on_looking(handed: Sequence[HandedLogin], client: Client, survey: Survey) -> set[int]:
    """Looks at the areas that were looked at elsewhere; the sources that came into them since."""
    came: set[int] = set()
    for login in handed:
        if (subscriber := client.login(login.digest)) is not None:
            for one in login.subscriptions:
                came |= _look(subscriber, one, survey)
    return came


def _look(subscriber: Subscriber, one: HandedSubscription, survey: Survey) -> set[int]:
    batches = subscriber.subscription(KINDS[one.kind])
    # Where it asked to look here meanwhile is newer.
    if one.area is None or not isinstance(batches, StateBatchSubscription) or batches.view is not None:
        return set()
    before = batches.source_ids
    survey.look(batches, one.area, subscriber.principal, goes_on=True)
    return set(batches.source_ids - before)


def _resume(subscriber: Subscriber, handed: HandedLogin) -> None:
    for one in handed.subscriptions:
        kind = KINDS[one.kind]
        subscription = subscriber.subscription(kind)
        # How it asked for events here meanwhile is newer than what it brings along.
        if kind not in subscriber.options:
            subscriber.configure(kind, msgspec.convert(one.options, kind.options))
            subscription.covers_all = subscription.covers_all or one.covers_all
        watches = _still_watched(subscription, one) if isinstance(subscription, StateBatchSubscription) else one.watches
        subscription.resume(watches)


def _still_watched(batches: StateBatchSubscription, handed: HandedSubscription) -> dict[int, Watch]:
    """What is gone on with; of who was in the area nothing if it asked to look elsewhere here meanwhile."""
    passing = set(handed.passing)
    if batches.view is not None:
        return {source_id: watch for source_id, watch in handed.watches.items() if source_id not in passing}
    batches.pass_on(passing - batches.source_ids)
    return handed.watches
