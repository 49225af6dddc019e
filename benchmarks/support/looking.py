"""Clients that look at areas of an account whose trackers are spread over a town."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from accounts.selectors import CredentialKind, Principal
from events.clients.account import Account
from events.clients.delivery import deliver
from events.clients.survey import Survey
from events.protocol.area import Area
from events.protocol.kinds.state_batch import StateBatchSubscription
from events.protocol.news import News
from events.protocol.subscription import Subscription
from trackers.engine.notices import StatesChanged
from trackers.engine.state import ConnectionStatus, Gps, State
from trackers.engine.trips import MovementStatus
from trackers.services.surveys import SurveyedTracker

STEP_DEGREES = 0.0004
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MASTER = Principal(1, 1, "UTC", "digest", CredentialKind.SESSION, None)


class _Looker:
    """Whose subscription hears at once, and is never sent anything."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def follow(self, source_id: int, subscription: Subscription[Any]) -> None:
        self._account.follow(source_id, subscription, self)  # type: ignore[arg-type]

    def unfollow(self, source_id: int, subscription: Subscription[Any]) -> None:
        self._account.unfollow(source_id, subscription)

    def hear(self, subscription: Subscription[Any], news: News, now: datetime) -> None:
        subscription.hear(news)


class Lookers:
    """An account, its survey, and those who look at it."""

    def __init__(self, trackers: int, town: tuple[float, float], spread: float) -> None:
        self._town, self._spread = town, spread
        self._places = {one + 1: self._somewhere() for one in range(trackers)}
        self._revision = 1
        self._lookers: list[StateBatchSubscription] = []
        self._areas: list[Area] = []
        self.held = 0.0
        """How many areas hold what changed last, on average."""
        status = ConnectionStatus.ACTIVE.value, MovementStatus.MOVING.value
        self._account = Account(1)
        self._survey = self._account.survey = Survey(
            SurveyedTracker(one, one, False, frozenset(), 0, place, *status) for one, place in self._places.items()
        )

    def look(self, clients: int, side: float) -> None:
        for _ in range(clients):
            latitude, longitude = self._somewhere()
            area = Area(latitude + side / 2, longitude - side / 2, latitude - side / 2, longitude + side / 2)
            batches = StateBatchSubscription()
            batches.owner = _Looker(self._account)
            self._survey.look(batches, area, MASTER)
            self._lookers.append(batches)
            self._areas.append(area)

    def look_away(self) -> None:
        for batches in self._lookers:
            batches.end()
        self._lookers, self._areas = [], []

    def moved(self, count: int) -> Sequence[State]:
        """Some that are a little further on, one after the other."""
        self._revision += 1
        chosen = random.sample(sorted(self._places), count)
        for one in chosen:
            latitude, longitude = self._places[one]
            self._places[one] = latitude + random.uniform(-1, 1) * STEP_DEGREES, longitude
        places = [self._places[one] for one in chosen]
        self.held = sum(area.holds(place) for place in places for area in self._areas) / count
        return [self._state(one) for one in chosen]

    def deliver(self, states: Sequence[State], now: datetime) -> None:
        for state in states:
            deliver(self._account, StatesChanged((state,)), now)

    def _state(self, source_id: int) -> State:
        gps = Gps(NOON, *self._places[source_id])
        return State(
            source_id,
            NOON,
            self._revision,
            gps=gps,
            connection_status=ConnectionStatus.ACTIVE,
            movement_status=MovementStatus.MOVING,
        )

    def _somewhere(self) -> tuple[float, float]:
        latitude, longitude = (random.uniform(middle - self._spread, middle + self._spread) for middle in self._town)
        return latitude, longitude
