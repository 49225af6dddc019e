"""Whoever drives about and whoever looks where: what a client has of those in its area is what is so, and never more
than the last word of those who left."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.clients.account import Account
from events.clients.client import Client
from events.clients.delivery import deliver
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Subscriber
from events.clients.survey import Survey
from events.protocol.area import Area, status_of
from events.protocol.kinds.state_batch import STATE_BATCH, StateBatchSubscription
from events.protocol.options import BatchOptions
from tests.events.builders import ACCOUNT_ID, NOON, NOTHING_STORED, make_principal
from tests.events.fakes import FakeTransport
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.engine.state import ConnectionStatus, Gps, State
from trackers.engine.trips import MovementStatus
from trackers.services.surveys import SurveyedTracker

SOURCES, LOOKERS, SUB_USER = (1, 2, 3, 4), (0, 1, 2), 7
# Sub-user 7 sees the odd ones.
BOUND = {source: frozenset({SUB_USER}) if source % 2 else frozenset() for source in SOURCES}
LATITUDES, LONGITUDES = (-90.0, 0.0, 0.5), (-180.0, -179.5, 0.0, 0.5, 179.5, 180.0)
sources, lookers = st.sampled_from(SOURCES), st.sampled_from(LOOKERS)
places = st.tuples(st.sampled_from(LATITUDES), st.sampled_from(LONGITUDES))
areas = st.builds(
    lambda latitudes, west, east: Area(max(latitudes), west, min(latitudes), east),
    st.tuples(st.sampled_from(LATITUDES), st.sampled_from(LATITUDES)),
    st.sampled_from(LONGITUDES),
    st.sampled_from(LONGITUDES),
)


def is_inside(area: Area, place: tuple[float, float]) -> bool:
    """As somebody would say it who walks east from the western border."""
    width = (area.east - area.west) % 360 if area.east - area.west != 360 else 360
    is_between = area.south <= place[0] <= area.north
    return is_between and (place[1] - area.west) % 360 <= width


@dataclass
class Truth:
    """What is so of one tracker."""

    place: tuple[float, float] = (0.0, 0.0)
    revision: int = 0
    is_moving: bool = False
    is_blocked: bool = False
    users: frozenset[int] = frozenset()

    @property
    def status(self) -> str:
        movement = MovementStatus.MOVING if self.is_moving else MovementStatus.PARKED
        return str(status_of(ConnectionStatus.ACTIVE, movement, is_blocked=self.is_blocked))

    def state(self, source: int) -> State:
        movement = MovementStatus.MOVING if self.is_moving else MovementStatus.PARKED
        return State(
            source,
            NOON,
            self.revision,
            gps=Gps(NOON, *self.place),
            connection_status=ConnectionStatus.ACTIVE,
            movement_status=movement,
            last_update=NOON + timedelta(seconds=self.revision),
        )


@dataclass
class Looker:
    """A client, and all that it was told."""

    client: Client
    transport: FakeTransport
    user: int
    area: Area | None = None
    states: dict[int, tuple[int, tuple[float, float]]] = field(default_factory=dict)
    """Revision and place by source, as it was told last."""
    counts: Any = None

    def read(self) -> list[int]:
        """Takes in what came; the sources of its batches."""
        told = []
        for frame in self.transport.taken():
            message = json.loads(frame)
            if message["event"] == "area_counts":
                self.counts = message["data"]
            elif message["event"] == "state_batch":
                for item in message["data"]:
                    told.append(item["source_id"])
                    self.states[item["source_id"]] = _told(item["state"])
        return told


def _told(state: dict[str, Any]) -> tuple[int, tuple[float, float]]:
    seconds = (datetime.fromisoformat(state["last_update"]) - NOON).total_seconds()
    return int(seconds), (state["gps"]["location"]["lat"], state["gps"]["location"]["lng"])


class SurveyMachine(RuleBasedStateMachine):
    """Compares what clients are told with what a list of all trackers says that they are to be told."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        # Ahead of the clock, by which some of what happens is sent at once.
        self.now = datetime.now(UTC)
        self.trackers = {source: Truth(users=BOUND[source]) for source in SOURCES}
        self.account = Account(ACCOUNT_ID)
        self.account.survey = Survey(self.surveyed(source) for source in SOURCES)
        self.lookers = {number: self.connect(SUB_USER if number == 2 else ACCOUNT_ID) for number in LOOKERS}

    def surveyed(self, source: int) -> SurveyedTracker:
        one, state = self.trackers[source], self.trackers[source].state(source)
        status = state.connection_status.value, state.movement_status.value
        return SurveyedTracker(source, source + 1000, one.is_blocked, one.users, one.revision, one.place, *status)

    def connect(self, user: int) -> Looker:
        async def do() -> Looker:
            client, transport = Client(StateRenderer(), NOON), FakeTransport()
            client.attach(self.account)
            client.outbox.attach(transport, NOON)
            return Looker(client, transport, user)

        return self.runner.run(do())

    def run(self, act: Callable[[], Any]) -> None:
        async def do() -> None:
            act()
            await asyncio.sleep(0)

        self.runner.run(do())

    def subscriber(self, looker: Looker) -> Subscriber:
        subscriber = looker.client.subscriber_for(make_principal(looker.user, digest=f"digest {looker.user}"))
        subscriber.configure(STATE_BATCH, BatchOptions(iso=True))
        return subscriber

    def batches(self, looker: Looker) -> StateBatchSubscription:
        batches = self.subscriber(looker).subscription(STATE_BATCH)
        assert isinstance(batches, StateBatchSubscription)
        return batches

    def sees(self, looker: Looker, source: int) -> bool:
        one = self.trackers.get(source)
        return one is not None and (looker.user == ACCOUNT_ID or looker.user in one.users)

    # What happens

    @rule(number=lookers, area=areas)
    def look(self, number: int, area: Area) -> None:
        looker = self.lookers[number]
        looker.read()

        def act() -> None:
            batches, survey = self.batches(looker), self.account.survey
            assert survey is not None
            survey.look(batches, area, self.subscriber(looker).principal)
            followed = [source for source in batches.source_ids if source in self.trackers]
            batches.begin([self.trackers[source].state(source) for source in followed], NOTHING_STORED)
            looker.client.outbox.wake(self.now)

        self.run(act)
        looker.area = area
        told = looker.read()
        assert all(is_inside(area, self.trackers[source].place) for source in told)

    @rule(number=lookers)
    def look_away(self, number: int) -> None:
        self.run(self.batches(self.lookers[number]).look_away)
        self.lookers[number].area = None
        self.lookers[number].read()

    @rule(
        moves=st.lists(st.tuples(sources, places, st.booleans()), min_size=1, max_size=3),
        pauses=st.integers(0, 2),
    )
    def drive(self, moves: list[tuple[int, tuple[float, float], bool]], pauses: int) -> None:
        states = []
        for source, place, is_moving in moves:
            one = self.trackers.get(source)
            if one is not None and not one.is_blocked:
                one.place, one.is_moving, one.revision = place, is_moving, one.revision + 1
                states.append(one.state(source))
        if states:
            self.run(lambda: deliver(self.account, StatesChanged(tuple(states)), self.now))
        for _ in range(pauses):
            self.let_time_pass()

    @rule(source=sources)
    def turn_block(self, source: int) -> None:
        one = self.trackers.get(source)
        if one is None:
            return
        one.is_blocked = not one.is_blocked
        event, state = (LifecycleEvent.BLOCK, None) if one.is_blocked else (LifecycleEvent.UNBLOCK, one.state(source))
        self.run(lambda: deliver(self.account, LifecycleChanged(source, event, state), self.now))

    @rule(source=sources)
    def remove(self, source: int) -> None:
        if self.trackers.pop(source, None) is not None:
            notice = LifecycleChanged(source, LifecycleEvent.CORRUPT)
            self.run(lambda: deliver(self.account, notice, self.now))
            for looker in self.lookers.values():
                looker.read()
                looker.states.pop(source, None)

    @rule(source=sources)
    def withdraw(self, source: int) -> None:
        if (one := self.trackers.get(source)) is not None:
            one.users -= {SUB_USER}
            self.run(lambda: deliver(self.account, AccessWithdrawn(SUB_USER, (source,)), self.now))
            self.lookers[2].read()
            self.lookers[2].states.pop(source, None)

    @rule(source=sources)
    def bind(self, source: int) -> None:
        """The database is read anew, and the state of who thereby comes into view is read with it."""
        one, survey = self.trackers.get(source), self.account.survey
        if one is None or survey is None:
            return
        one.users |= {SUB_USER}
        batches = self.batches(self.lookers[2])

        def act() -> None:
            survey.renew([self.surveyed(source)])
            batches.offer([one.state(source)])

        self.run(act)

    @rule(number=lookers)
    def lose_client(self, number: int) -> None:
        looker = self.lookers[number]
        self.run(looker.client.close)
        looker.client.detach()
        self.lookers[number] = self.connect(looker.user)

    @rule()
    @precondition(lambda self: hasattr(self, "lookers"))
    def let_time_pass(self) -> None:
        """All that waits is told: then everybody has what is so, and no more than that."""
        self.now += timedelta(seconds=2)
        for looker in self.lookers.values():
            before = dict(looker.states)
            self.run(lambda looker=looker: looker.client.outbox.wake(self.now))
            looker.read()
            if looker.area is not None:
                self.check(looker, looker.area, before)

    def check(self, looker: Looker, area: Area, before: dict[int, Any]) -> None:
        seen = [source for source in self.trackers if self.sees(looker, source)]
        inside = [source for source in seen if is_inside(area, self.trackers[source].place)]
        for source in inside:
            one = self.trackers[source]
            if not one.is_blocked:
                assert looker.states[source] == (one.revision, one.place)
        for source in looker.states.keys() - set(inside):
            changed = looker.states[source] != before.get(source)
            assert not changed or not is_inside(area, looker.states[source][1]), "its last word is that it left"
        expected = Counter(self.trackers[source].status for source in inside)
        others = Counter(self.trackers[source].status for source in seen if source not in inside)
        assert looker.counts == {"inside": expected, "outside": others, "crowded": False}
        assert self.batches(looker).source_ids == set(inside), "and nobody else is followed any more"

    @invariant()
    def nothing_is_left_of_those_who_went(self) -> None:
        if hasattr(self, "lookers") and all(looker.area is None for looker in self.lookers.values()):
            survey = self.account.survey
            assert survey is not None
            assert (survey._views, survey._open, survey._totals) == ({}, {}, {})
            assert not self.account.tracker_ids

    def teardown(self) -> None:
        for looker in getattr(self, "lookers", {}).values():
            looker.client.close()
        if hasattr(self, "runner"):
            self.runner.close()


class TestSurvey(SurveyMachine.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
