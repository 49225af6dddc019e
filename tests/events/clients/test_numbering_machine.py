"""Whatever breaks, and wherever: a client that counts its events finds out that it lost one, or is right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from events.clients.client import Client
from events.clients.renderer import StateRenderer
from events.protocol import messages
from events.protocol.connection import PollConnection
from events.protocol.kinds.state import STATE
from events.protocol.numbering import Place, number_of
from events.protocol.options import Options
from tests.events.builders import LEGACY, NOON, log_in, make_connection, make_principal, make_state
from tests.events.fakes import FakePoll, FakeTransport
from tests.events.reading import brief
from trackers.engine.notices import LifecycleChanged, LifecycleEvent

SOURCES = (1, 2, 3)
sources = st.sampled_from(SOURCES)


@dataclass
class Line:
    """A connection. Of one that is dead nothing arrives any more, whatever the server thinks of it."""

    transport: FakeTransport
    is_dead: bool = False
    unread: list[str] = field(default_factory=list)

    def receive(self) -> None:
        taken = self.transport.taken()
        if not self.is_dead:
            self.unread += taken


class NumberingMachine(RuleBasedStateMachine):
    """A client that believes what it reads, and asks whether it lost anything, beside what is so."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.client = Client(StateRenderer(), NOON)
        self.subscriber = log_in(self.client, make_principal())
        self.subscriber.configure(STATE, Options(is_numbered=True))
        self.line: Line | None = None
        self.revisions = dict.fromkeys(SOURCES, 0)
        self.blocked: set[int] = set()
        self.heard = Place("", 0)
        self.believed: dict[int, int] = {}
        self.believed_blocked: set[int] = set()
        self.connect(is_poll=False)
        self.run(self.subscribe)

    def teardown(self) -> None:
        self.runner.close()

    def run(self, act: Callable[[], Any]) -> Any:
        async def act_and_settle() -> Any:
            result = act()
            for _ in range(5):
                await asyncio.sleep(0)
            if self.line is not None:
                self.line.receive()
            return result

        return self.runner.run(act_and_settle())

    def subscribe(self) -> None:
        """What the server does when somebody asks anew: it answers, and sends all current states."""
        if self.client.numbering is None:
            self.client.number_event("{}")
        assert self.client.numbering is not None
        place = self.client.numbering.place
        told = {"place": [place.epoch, place.number], "blocked": sorted(self.blocked)}
        self.client.queue(messages.response("subscribe", ["state"], told))
        subscription = self.subscriber.subscription(STATE)
        for source in SOURCES:
            subscription.add(source, tracker_id=source + 1000, is_blocked=source in self.blocked)
        self.subscriber.offer([make_state(source, revision) for source, revision in self.revisions.items()])

    def ask(self, *, is_push: bool) -> None:
        """Says what was heard, and subscribes anew unless that is all."""
        assert self.client.numbering is not None
        waiting = self.client.outbox.waiting
        if not self.client.numbering.has_lost_nothing(self.heard, waiting, is_push=is_push):
            self.subscribe()
            return
        on_its_way = self.line.unread if self.line is not None else []
        coming = {number_of(message) for message in [*waiting, *on_its_way]}
        assert set(range(self.heard.number + 1, self.client.numbering.place.number + 1)) <= coming

    # What happens

    @rule(source=sources)
    def report(self, source: int) -> None:
        self.revisions[source] += 1
        self.run(lambda: self.subscriber.offer([make_state(source, self.revisions[source])]))

    @rule(source=sources)
    def block_or_unblock(self, source: int) -> None:
        self.blocked ^= {source}
        event = LifecycleEvent.BLOCK if source in self.blocked else LifecycleEvent.UNBLOCK
        state = None if source in self.blocked else make_state(source, self.revisions[source])
        self.run(lambda: self.subscriber.apply_lifecycle(LifecycleChanged(source, event, state)))

    @rule(is_poll=st.booleans())
    def connect(self, is_poll: bool) -> None:
        """Begins a new connection; what was not read of the old one is lost."""
        kind = make_connection(LEGACY, kind=PollConnection) if is_poll else None
        self.line = Line(FakePoll(kind) if is_poll else FakeTransport(make_connection(LEGACY)))
        self.run(lambda: self.client.connect(self.line.transport, NOON))  # type: ignore[union-attr]

    @precondition(lambda self: self.line is not None)
    @rule()
    def die(self) -> None:
        """The connection breaks, and what was not read with it; the server does not know."""
        assert self.line is not None
        self.line.is_dead, self.line.unread = True, []

    @precondition(lambda self: self.line is not None)
    @rule(is_full=st.booleans())
    def find_out(self, is_full: bool) -> None:
        """The server finds that the connection is gone, be it by writing into it."""
        line, self.line = self.line, None
        assert line is not None
        if is_full:
            line.transport.block()
            self.run(lambda: self.subscriber.offer([make_state(1, self.revisions[1])]))
        line.transport.lose()
        self.run(lambda: self.client.outbox.detach(line.transport, NOON))

    @precondition(lambda self: self.line is not None and self.line.unread)
    @rule(count=st.integers(1, 5))
    def read(self, count: int) -> None:
        assert self.line is not None
        for text in [self.line.unread.pop(0) for _ in range(min(count, len(self.line.unread)))]:
            self.take(json.loads(text))

    @rule()
    def ask_beside(self) -> None:
        self.run(lambda: self.ask(is_push=True))

    @precondition(lambda self: self.line is not None and not (self.line.is_dead or self.line.transport.is_gone))
    @rule()
    def ask_over_the_connection(self) -> None:
        self.run(lambda: self.ask(is_push=False))

    @rule(is_push=st.booleans())
    def come_back_and_be_right(self, is_push: bool) -> None:
        self.connect(is_poll=False)
        self.run(lambda: self.ask(is_push=is_push))
        for _ in range(20):
            self.run(lambda: None)
            assert self.line is not None
            if not self.line.unread:
                break
            self.read(count=len(self.line.unread))
        open_sources = set(SOURCES) - self.blocked
        assert self.believed_blocked == self.blocked
        assert {one: self.believed[one] for one in open_sources} == {one: self.revisions[one] for one in open_sources}

    # What a client makes of it

    def take(self, message: dict[str, Any]) -> None:
        if message["type"] == "response":
            self.heard = Place(*message["data"]["place"])
            self.believed_blocked = set(message["data"]["blocked"])
            return
        if message["sequence"] != self.heard.number + 1:
            # It lost something, and knows. What it has not read yet comes before the answer, and is no news.
            self.heard = Place("unknown", message["sequence"])
            self.run(lambda: self.ask(is_push=False))
            return
        self.heard = Place(self.heard.epoch, message["sequence"])
        source, what = brief(message)
        assert message["tracker_id"] == source + 1000
        if message["event"] == "state":
            self.believed[source] = what
        elif what == "block":
            self.believed_blocked.add(source)
        else:
            self.believed_blocked.discard(source)


TestNumbering = NumberingMachine.TestCase
TestNumbering.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
