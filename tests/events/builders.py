"""Values that tests of events need, with everything that does not matter filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from accounts.selectors import CredentialKind, Principal
from alerts.engine.notices import RaisedAlert
from events.clients.account import Account
from events.clients.client import Client
from events.clients.delivery import deliver
from events.clients.subscriber import Subscriber
from events.protocol.connection import Connection, Heartbeats
from events.protocol.kinds.state import STATE
from events.protocol.news import News, reports_in
from events.protocol.parameters import Parameters, read_parameters
from events.protocol.subscription import Subscription
from trackers.engine.last_reports import RecentReport
from trackers.engine.notices import StatesChanged
from trackers.engine.state import Gps, State
from trackers.services.selectors import SourceReadings, TrackedSource


@dataclass(frozen=True)
class Stored:
    """What the database says of sources beside their states, by source id."""

    readings: Mapping[int, SourceReadings] = field(default_factory=dict)
    recent: Mapping[int, Sequence[RecentReport]] = field(default_factory=dict)
    last_alert_id: int = 0
    alerts: Sequence[RaisedAlert] = ()


NOTHING_STORED = Stored()
NOON = datetime(2024, 5, 2, 12, 0, 0, tzinfo=UTC)
FRESH_ID = "00000000-0000-4000-8000-000000000000"
ACCOUNT_ID = 1
Kind = TypeVar("Kind", bound=Connection)
LEGACY = "X-Atmosphere-tracking-id=0&X-Atmosphere-Framework=2.3.8-javascript&X-atmo-protocol=true"


def make_state(source_id: int = 1, revision: int = 0, *, latitude: float = 47.5) -> State:
    """A state whose time is its revision in seconds after noon."""
    moment = NOON + timedelta(seconds=revision)
    return State(source_id, NOON, revision, gps=Gps(moment, latitude, 19.0), last_update=moment)


def make_principal(
    user_id: int = ACCOUNT_ID, *, digest: str = "digest", expires_at: datetime | None = None
) -> Principal:
    return Principal(user_id, ACCOUNT_ID, "UTC", digest, CredentialKind.SESSION, expires_at)


def make_tracked(
    state: State, *, is_blocked: bool = False, sub_user_ids: frozenset[int] = frozenset()
) -> TrackedSource:
    """A tracker whose id is its source's plus 1000."""
    return TrackedSource(state.source_id + 1000, state.source_id, is_blocked, state, sub_user_ids)


def make_connection(
    parameters: str | Parameters = "",
    *,
    kind: type[Kind] = Connection,  # type: ignore[assignment]
    client_heartbeat_ms: int = 30_000,
    server_heartbeat_s: int = 30,
) -> Kind:
    return kind(
        read_parameters(parameters) if isinstance(parameters, str) else parameters,
        Heartbeats(client_heartbeat_ms, timedelta(seconds=server_heartbeat_s)),
        fresh_id=FRESH_ID,
    )


def log_in(client: Client, principal: Principal) -> Subscriber:
    """A subscriber of a client that no hub knows."""
    if not any(one.account_id == principal.account_id for one in client.accounts):
        client.attach(Account(principal.account_id))
    return client.subscriber_for(principal)


def tell(client: Client, notice: object, now: datetime = NOON) -> None:
    """Delivers a notice about the accounts of a client that no hub knows."""
    for account in client.accounts:
        deliver(account, notice, now)


def tell_alone(subscription: Subscription[Any], notice: StatesChanged) -> bool:
    """Delivers a notice to a subscription that stands alone; whether any of it is news."""
    return subscription.hear(News(list(notice.states), list(notice.readings), list(reports_in(notice))))


def follow(client: Client, digest: str, **fields: Any) -> Subscriber:
    """A subscriber that follows the sources 1 and 2."""
    subscriber = log_in(client, make_principal(digest=digest, **fields))
    for source_id in (1, 2):
        subscriber.subscription(STATE).add(source_id, tracker_id=source_id + 1000, is_blocked=False)
    return subscriber
