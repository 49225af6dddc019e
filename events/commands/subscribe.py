"""Carries out commands: who asks, what of it may be seen, and what is answered (api §4.2 to §4.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from accounts.selectors import Principal, viewer_for_hash
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from events.clients.client import Client
from events.clients.numbering import Numbering
from events.clients.subscriber import Subscriber
from events.commands.areas import Look, look_of
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from events.protocol import messages, numbering
from events.protocol.commands import Action, Command
from events.protocol.kind import EventRequest
from events.protocol.kinds.history import HISTORY
from events.protocol.kinds.state_batch import StateBatchSubscription
from events.protocol.messages import TrackerStatus
from trackers.services.selectors import TrackedSource

# Decoded, written and sent in some milliseconds.
STATES_AT_ONCE = 100
# A tracker of such a status is followed.
WATCHABLE = (TrackerStatus.NORMAL, TrackerStatus.BLOCKED)


async def carry_out(command: Command, client: Client, hub: Hub, *, is_push: bool = False) -> None:
    """Does what a command asks and queues its answer. Raises ApiError when it is refused as a whole.

    `is_push`: it came beside the client's connection.
    """
    async with hub.reading:
        subscriber, loaded, look = await _read(command, client, hub)
    if command.action is Action.SUBSCRIBE:
        await _subscribe(command, subscriber, client, loaded, look, is_push=is_push)
    else:
        _unsubscribe(command, subscriber, client, loaded)


async def _read(command: Command, client: Client, hub: Hub) -> tuple[Subscriber, Loaded, Look | None]:
    """Who asks, what the database says of what is asked, and where to look if it names an area.

    Apply it before anything else is awaited.
    """
    principal = await database_sync_to_async(viewer_for_hash)(command.credential)
    if client.login(principal.digest) is None and len(client.subscribers) >= settings.MAX_HASHES_PER_CONNECTION:
        raise ApiError(ErrorCode.OVER_QUOTA)
    _check_open(command, principal)
    tracker_ids = _tracker_ids(command)
    account = await hub.attach(client, principal.account_id)
    kinds = {request.kind for request in command.requests}
    look = await look_of(command, principal, account, hub)
    if look is not None and tracker_ids is not None:
        tracker_ids += look.lacked(client.login(principal.digest))
    read = partial(Loaded.read, account.account_id, [principal.digest], tracker_ids, kinds)
    loaded = await hub.load(account, read, of_all=tracker_ids is None)
    # The login may have ended while the hub joined the account's group.
    if principal.digest not in loaded.principals:
        raise ApiError(ErrorCode.SESSION_ENDED)
    principal = loaded.principals[principal.digest]
    if client.login(principal.digest) is None and not account.has_room_for(principal.digest):
        raise ApiError(ErrorCode.OVER_QUOTA)
    if HISTORY in kinds:
        account.heard_alerts.begin(loaded.last_alert_id)
    return client.subscriber_for(principal), loaded, look


def _check_open(command: Command, principal: Principal) -> None:
    """Raises ApiError NOT_PERMITTED for events of links by who has none, and for others by who has a link."""
    is_link = principal.share is not None
    if any(request.kind.subscription.is_of_links is not is_link for request in command.requests):
        raise ApiError(ErrorCode.NOT_PERMITTED)


def _tracker_ids(command: Command) -> list[int] | None:
    """The trackers that a command names; None when it means all. Raises ApiError TOO_MANY_TRACKERS for too many."""
    named = [tracker_id for request in command.requests for tracker_id in request.tracker_ids or ()]
    if len(named) > settings.MAX_TRACKERS_PER_COMMAND:
        raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
    return None if any(request.tracker_ids is None for request in command.requests) else named


async def _subscribe(
    command: Command, subscriber: Subscriber, client: Client, loaded: Loaded, look: Look | None, *, is_push: bool
) -> None:
    by_id = {source.tracker_id: source for source in loaded.by_source.values()}
    results: dict[str, Any] = {}
    accepted: list[tuple[EventRequest, list[TrackedSource]]] = []
    for request in command.requests:
        statuses = _statuses(request, subscriber.principal, by_id)
        if look is not None and request.area is not None:
            statuses = look.statuses(subscriber)
        refusal = _refusal(request, statuses)
        if refusal is not None:
            results[request.kind.name] = messages.refused(refusal)
            continue
        beside = command.is_legacy and settings.LEGACY_STATUS_KEYS
        results[request.kind.name] = messages.subscribed(statuses, beside=beside)
        # Of who has just come into an area the state was not read.
        watchable = [by_id[one] for one, status in statuses.items() if status in WATCHABLE and one in by_id]
        accepted.append((request, watchable))
    # Before anything is followed: a client learns what its subscription means before the first event comes.
    is_recovered = _is_recovered(command, client, is_push=is_push) and all(
        _is_followed(request, subscriber, watchable) for request, watchable in accepted
    )
    more = {"sequence": _tell_place(command.sequence, client, is_recovered)} if command.sequence else {}
    client.queue(messages.response(command.action.full_name, results, results, **more))
    if not is_recovered:
        for request, watchable in accepted:
            _follow(request, subscriber, watchable, loaded, look)
        for request, watchable in accepted:
            await _begin_bit_by_bit(request, subscriber, watchable, loaded)
    client.send_waiting()


def _is_recovered(command: Command, client: Client, *, is_push: bool) -> bool:
    """Whether a client that is back says that it heard all that it will not hear again."""
    if command.sequence is None or command.sequence.heard is None or client.numbering is None:
        return False
    return client.numbering.has_lost_nothing(command.sequence.heard, client.outbox.waiting, is_push=is_push)


def _is_followed(request: EventRequest, subscriber: Subscriber, sources: Sequence[TrackedSource]) -> bool:
    """Whether a subscriber has all of a request already."""
    if subscriber.options.get(request.kind) != request.options:
        return False
    subscription = subscriber.subscription(request.kind)
    is_of_all = request.tracker_ids is None or not subscription.is_of_trackers
    wants_more = is_of_all and not subscription.covers_all
    if isinstance(subscription, StateBatchSubscription) and request.area is not None:
        wants_more = subscription.view is None or subscription.view.area != request.area
    return not wants_more and {source.source_id for source in sources} <= subscription.source_ids


def _tell_place(sequence: numbering.Sequence, client: Client, is_recovered: bool) -> dict[str, Any]:
    """What the answer says of numbers."""
    client.numbering = client.numbering or Numbering()
    return messages.sequence(client.numbering.place, is_recovered=is_recovered if sequence.heard else None)


def _follow(
    request: EventRequest, subscriber: Subscriber, sources: Sequence[TrackedSource], loaded: Loaded, look: Look | None
) -> None:
    """Lets a subscriber follow the sources from now on; what is known of them comes at once, or bit by bit."""
    subscriber.configure(request.kind, request.options)
    subscription = subscriber.subscription(request.kind)
    subscription.covers_all = subscription.covers_all or request.tracker_ids is None
    if look is not None and request.area is not None:
        look.begin(subscriber, loaded)
        return
    for source in sources:
        subscription.add(source.source_id, tracker_id=source.tracker_id, is_blocked=source.is_blocked)
    if not request.begins_bit_by_bit:
        subscription.begin([source.state for source in sources], loaded)


async def _begin_bit_by_bit(
    request: EventRequest, subscriber: Subscriber, sources: Sequence[TrackedSource], loaded: Loaded
) -> None:
    """Takes and sends what is known of sources that are followed already, with others getting the loop in between."""
    if not request.begins_bit_by_bit:
        return
    subscription, client = subscriber.subscription(request.kind), subscriber.client
    for start in range(0, len(sources), STATES_AT_ONCE):
        if start:
            client.outbox.wake(datetime.now(UTC))
            await asyncio.sleep(0)
        subscription.begin([source.state for source in sources[start : start + STATES_AT_ONCE]], loaded)


def _unsubscribe(command: Command, subscriber: Subscriber, client: Client, loaded: Loaded) -> None:
    by_id = {source.tracker_id: source for source in loaded.by_source.values()}
    results: dict[str, Any] = {}
    for request in command.requests:
        statuses = _statuses(request, subscriber.principal, by_id)
        subscription = subscriber.subscription(request.kind)
        if request.tracker_ids is None or not subscription.is_of_trackers:
            subscription.covers_all = False
        if isinstance(subscription, StateBatchSubscription) and (request.area or request.tracker_ids is None):
            subscription.look_away()
        # Of those that do not exist nothing is kept: a client could name any number of them.
        subscription.remove_trackers(by_id.keys() & statuses.keys())
        results[request.kind.name] = messages.subscribed(statuses, beside=False)
    data = list(command.listed_ids) if command.is_legacy else results
    client.queue(messages.response(command.action.full_name, results, data))


def _refusal(request: EventRequest, statuses: Mapping[int, TrackerStatus]) -> ApiError | None:
    """Why one request of a message fails while the others go on."""
    most, selection = request.kind.subscription.most_trackers, request.kind.selection
    if most is not None and selection is not None and len(statuses) > most:
        return invalid_parameter(selection.name, f"must not be more than {most} trackers")
    return None


def _statuses(
    request: EventRequest, principal: Principal, by_id: Mapping[int, TrackedSource]
) -> dict[int, TrackerStatus]:
    """The status of each tracker that is named; of `all`, of each that the principal may see."""
    if request.tracker_ids is None:
        visible = [source for source in by_id.values() if source.is_visible_to(principal)]
        return {source.tracker_id: _status(source, principal) for source in visible}
    return {tracker_id: _status(by_id.get(tracker_id), principal) for tracker_id in request.tracker_ids}


def _status(source: TrackedSource | None, principal: Principal) -> TrackerStatus:
    if source is None:
        return TrackerStatus.UNKNOWN
    if not source.is_visible_to(principal):
        # Which other trackers there are is nothing for who has a link.
        return TrackerStatus.DISALLOWED if principal.share is None else TrackerStatus.UNKNOWN
    return TrackerStatus.BLOCKED if source.is_blocked else TrackerStatus.NORMAL
