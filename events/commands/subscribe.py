"""Carries out commands: who asks, what of it may be seen, and what is answered (api §4.2 to §4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from accounts.selectors import Principal, principal_for_hash
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from events.clients.client import Client
from events.clients.subscriber import Login, Manner
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from events.protocol import messages
from events.protocol.commands import MAX_MONITORED_TRACKERS, Action, Command, EventRequest, EventType
from trackers.rendering.readings import ReadingsFilter
from trackers.services.selectors import TrackedSource


class TrackerStatus(StrEnum):
    """What a subscription means for one tracker (api §4.5)."""

    NORMAL = "normal"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    DISALLOWED = "disallowed"


async def carry_out(command: Command, client: Client, hub: Hub) -> None:
    """Does what a command asks and queues its answer. Raises ApiError when it is refused as a whole."""
    principal = await database_sync_to_async(principal_for_hash)(command.credential)
    if not client.has_login(principal.digest) and len(client.logins) >= settings.MAX_HASHES_PER_CONNECTION:
        raise ApiError(ErrorCode.OVER_QUOTA)
    tracker_ids = _tracker_ids(command)
    await hub.attach(client, principal.account_id)
    types = {request.type for request in command.requests}
    loaded = await hub.load(
        principal.account_id, lambda: Loaded.read(principal.account_id, [principal.digest], tracker_ids, types)
    )
    # The login may have ended while the hub joined the account's group.
    if principal.digest not in loaded.principals:
        raise ApiError(ErrorCode.SESSION_ENDED)
    principal = loaded.principals[principal.digest]
    if not (client.has_login(principal.digest) or hub.has_room_for(principal)):
        raise ApiError(ErrorCode.OVER_QUOTA)
    login = client.login_for(principal)
    if command.action is Action.SUBSCRIBE:
        _subscribe(command, login, client, loaded)
    else:
        _unsubscribe(command, login, client, loaded.tracked)


def _tracker_ids(command: Command) -> list[int] | None:
    """The trackers that a command names; None when it means all. Raises ApiError 221 for too many."""
    named = [tracker_id for request in command.requests for tracker_id in request.tracker_ids or ()]
    if len(named) > settings.MAX_TRACKERS_PER_COMMAND:
        raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
    return None if any(request.tracker_ids is None for request in command.requests) else named


def _subscribe(command: Command, login: Login, client: Client, loaded: Loaded) -> None:
    by_id = {source.tracker_id: source for source in loaded.tracked}
    results: dict[EventType, Any] = {}
    accepted: list[tuple[EventRequest, list[TrackedSource]]] = []
    for request in command.requests:
        statuses = _statuses(request, login.principal, by_id)
        refusal = _refusal(request, statuses)
        if refusal is not None:
            results[request.type] = messages.refused(refusal)
            continue
        results[request.type] = messages.subscribed(statuses, beside=command.is_legacy and settings.LEGACY_STATUS_KEYS)
        watchable = [by_id[tracker_id] for tracker_id in statuses if _is_watchable(statuses[tracker_id])]
        accepted.append((request, watchable))
    client.queue(messages.response(command.action, results, results))
    for request, watchable in accepted:
        login.read_as(request.type, _manner(request, iso=command.iso))
        _follow(request, login, watchable, loaded)
    client.send_waiting()


def _manner(request: EventRequest, *, iso: bool) -> Manner:
    readings = ReadingsFilter(request.sensor_type, request.include_components)
    return Manner(request.form, iso, request.rate, readings, covers_all=request.tracker_ids is None)


def _follow(request: EventRequest, login: Login, sources: Sequence[TrackedSource], loaded: Loaded) -> None:
    """Lets a login follow the sources in the way of the event type; what is known of them is the first to come."""
    following = login.following(request.type)
    for source in sources:
        following.add(source.source_id, tracker_id=source.tracker_id, is_blocked=source.is_blocked)
    states = [source.state for source in sources]
    match request.type:
        case EventType.STATE:
            login.subscription.offer(states)
        case EventType.STATE_BATCH:
            login.batch.begin(states)
        case EventType.READINGS_BATCH:
            found = [loaded.readings[source.source_id] for source in sources if source.source_id in loaded.readings]
            login.readings.begin((one.shown, one.state) for one in found)
        case EventType.IOT_MONITOR:
            login.monitor.begin({source.source_id: loaded.recent.get(source.source_id, []) for source in sources})


def _unsubscribe(command: Command, login: Login, client: Client, tracked: Sequence[TrackedSource]) -> None:
    by_id = {source.tracker_id: source for source in tracked}
    results: dict[EventType, Any] = {}
    for request in command.requests:
        statuses = _statuses(request, login.principal, by_id)
        following = login.following(request.type)
        following.covers_all = following.covers_all and request.tracker_ids is not None
        # Of those that do not exist nothing is kept: a client could name any number of them.
        following.remove_trackers(by_id.keys() & statuses.keys())
        results[request.type] = messages.subscribed(statuses, beside=False)
    data = list(command.listed_ids) if command.is_legacy else results
    client.queue(messages.response(command.action, results, data))


def _refusal(request: EventRequest, statuses: Mapping[int, TrackerStatus]) -> ApiError | None:
    """Why one request of a message fails while the others go on."""
    if request.type is EventType.IOT_MONITOR and len(statuses) > MAX_MONITORED_TRACKERS:
        return invalid_parameter("target", f"must not be more than {MAX_MONITORED_TRACKERS} trackers")
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
        return TrackerStatus.DISALLOWED
    return TrackerStatus.BLOCKED if source.is_blocked else TrackerStatus.NORMAL


def _is_watchable(status: TrackerStatus) -> bool:
    return status in (TrackerStatus.NORMAL, TrackerStatus.BLOCKED)
