"""The queue under any interleaving of connections, notices, commands and time (atmosphere points 36, 46, 54 and 56)."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.clients import outbox as outbox_module
from events.clients.client import Client
from events.clients.renderer import StateRenderer
from events.protocol import messages
from events.protocol.connection import Connection, EventStreamConnection, PollConnection, ScriptPollConnection
from events.protocol.kinds.state import STATE
from tests.events.builders import (
    LEGACY,
    NOON,
    log_in,
    make_connection,
    make_principal,
    make_state,
    tell,
)
from tests.events.fakes import FakePoll, FakeTransport
from tests.events.readers import EventSourceReader, LengthReader, read_call
from tests.events.reading import brief
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, StatesChanged

SOURCES = (1, 2, 3)
TRACKING = LEGACY + "&X-Atmosphere-TrackMessageSize=true"
# Each kind with what its client does to get messages out of a frame.
KINDS: dict[str, tuple[type[FakeTransport], type[Connection], str, Callable[[str], list[str]]]] = {
    "websocket": (FakeTransport, Connection, LEGACY, lambda frame: [frame]),
    "websocket with lengths": (FakeTransport, Connection, TRACKING, lambda frame: LengthReader().feed(frame)),
    "event stream": (FakeTransport, EventStreamConnection, LEGACY, lambda frame: EventSourceReader().feed(frame)),
    "poll": (FakePoll, PollConnection, LEGACY, lambda frame: [frame]),
    "poll with lengths": (FakePoll, PollConnection, TRACKING, lambda frame: LengthReader().feed(frame)),
    "script": (FakePoll, ScriptPollConnection, LEGACY + "&jsonpTransport=f", lambda frame: [read_call("f", frame)]),
}
sources = st.sampled_from(SOURCES)


class Line:
    """A transport with its client's reading. What a poll that is cut should bring is put back when it is tried."""

    def __init__(self, kind: str) -> None:
        make_transport, make, query, self._read = KINDS[kind]
        self.transport = make_transport(make_connection(query, kind=make))  # type: ignore[arg-type]
        self.is_cut = False

    @property
    def is_poll(self) -> bool:
        return self.transport.ends_with_sending

    def arrived(self) -> list[Any]:
        """What the client got since the last look, without heartbeats."""
        found = [message for frame in self.transport.taken() for message in self._read(frame)]
        return [json.loads(message) for message in found if message != "X"]


class OutboxMachine(RuleBasedStateMachine):
    """Compares what arrives with what was sent: every message once and in order, states never backwards."""

    @initialize(is_impatient=st.booleans())
    def begin(self, is_impatient: bool) -> None:
        self.patience = outbox_module.SLOW_AFTER_S
        outbox_module.SLOW_AFTER_S = -1 if is_impatient else 3600
        self.runner = asyncio.Runner()
        self.now = NOON
        self.line: Line | None = None
        self.older: list[Line] = []
        self.notes = 0
        self.due: deque[Any] = deque()
        """The messages that did not arrive yet, as what matters of them."""
        self.revisions = dict.fromkeys(SOURCES, 0)
        self.blocked: set[int] = set()
        self.offered: dict[int, int] = {}
        """The newest state that was offered of each source that is not blocked."""
        self.arrived: dict[int, int] = {}
        self.silenced: set[int] = set()
        """The sources whose block arrived."""
        self.returned: set[int] = set()
        """The sources whose unblock arrived, and whose current state is to follow."""
        self.client = Client(StateRenderer(), NOON)
        subscriber = log_in(self.client, make_principal())
        for source_id in SOURCES:
            subscriber.subscription(STATE).add(source_id, tracker_id=source_id + 1000, is_blocked=False)
        self.subscription = subscriber.subscription(STATE)

    def run(self, act: Callable[[], Any]) -> None:
        """Does something in the event loop, lets the writer go as far as it can, and looks at what arrived."""

        async def act_and_settle() -> None:
            act()
            for _ in range(10):
                await asyncio.sleep(0)
                self.put_back_what_a_cut_poll_took()

        self.runner.run(act_and_settle())
        for line in [*self.older, *([self.line] if self.line else [])]:
            for message in line.arrived():
                self.check(message)
        if self.line is not None and self.line.is_poll and self.line.transport.is_gone:
            self.leave()

    def put_back_what_a_cut_poll_took(self) -> None:
        line = self.line
        if line is not None and line.is_poll and line.is_cut and line.transport.taken():
            self.client.outbox.put_back(line.transport.answered, self.now)
            line.transport.answered = ()

    def leave(self) -> None:
        assert self.line is not None
        self.older.append(self.line)
        self.line = None

    def check(self, message: dict[str, Any]) -> None:
        if message.get("event") != "state":
            found = message["number"] if "number" in message else brief(message)
            assert found == self.due.popleft()
            if not isinstance(found, int):
                self.note_lifecycle(*found)
            return
        source, revision = brief(message)
        assert source not in self.silenced
        assert revision > self.arrived.get(source, -1) - (source in self.returned)
        self.arrived[source] = revision
        self.returned.discard(source)

    def note_lifecycle(self, source: int, event: str) -> None:
        """After a block nothing of the source arrives; after the unblock its current state, though it did before."""
        if event == "block":
            self.silenced.add(source)
            self.returned.discard(source)
        else:
            self.silenced.remove(source)
            self.returned.add(source)

    # Connections

    @rule(kind=st.sampled_from(sorted(KINDS)), is_bad=st.booleans())
    def connect(self, kind: str, is_bad: bool) -> None:
        """A new connection, perhaps one that takes nothing or is cut; one that is still there is taken over."""
        older, line = self.line, Line(kind)
        if is_bad and line.is_poll:
            line.is_cut = True
        elif is_bad:
            line.transport.block()
        if older is not None:
            self.leave()
        self.line = line
        self.run(lambda: self.client.outbox.attach(line.transport, self.now))
        if older is not None:
            assert older.transport.ended_with is not None

    @precondition(lambda self: self.line is not None)
    @rule(is_noticed_first=st.booleans())
    def disconnect(self, is_noticed_first: bool) -> None:
        transport = self.line.transport
        if is_noticed_first:
            self.run(transport.lose)
        self.run(lambda: self.client.outbox.detach(transport, self.now))
        if self.line is not None:
            self.leave()
        assert not self.client.outbox.is_connected

    @precondition(lambda self: self.older)
    @rule(data=st.data())
    def end_of_an_older_connection_is_told_late(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.older))
        is_connected = self.client.outbox.is_connected
        self.run(lambda: self.client.outbox.detach(line.transport, self.now))
        assert self.client.outbox.is_connected is is_connected

    @precondition(lambda self: self.line is not None)
    @rule()
    def end_from_here(self) -> None:
        self.run(lambda: self.client.outbox.end(self.now))
        if self.line is not None:
            self.leave()

    @precondition(lambda self: self.line is not None and not self.line.is_poll)
    @rule()
    def stop_reading(self) -> None:
        self.line.transport.block()

    @precondition(lambda self: self.line is not None)
    @rule()
    def read_again(self) -> None:
        self.run(self.line.transport.unblock)

    # What is to be sent

    @rule(changed=st.lists(sources, min_size=1, max_size=6))
    def publish(self, changed: list[int]) -> None:
        states = []
        for source in changed:
            self.revisions[source] += 1
            states.append(make_state(source, self.revisions[source]))
            if source not in self.blocked:
                self.offered[source] = self.revisions[source]
        is_away = self.line is None
        self.run(lambda: tell(self.client, StatesChanged(tuple(states)), self.now))
        if is_away:
            assert self.count_waiting_states() <= len(SOURCES)

    @rule(source=sources, age=st.integers(0, 2))
    def hear_late(self, source: int, age: int) -> None:
        """A notice that was overtaken."""
        state = make_state(source, max(0, self.revisions[source] - age))
        if state.revision <= self.offered.get(source, -1) or source in self.blocked:
            self.run(lambda: tell(self.client, StatesChanged((state,)), self.now))

    @rule(source=sources)
    def block(self, source: int) -> None:
        if source not in self.blocked:
            self.due.append((source, "block"))
        self.blocked.add(source)
        self.offered.pop(source, None)
        self.run(lambda: tell(self.client, LifecycleChanged(source, LifecycleEvent.BLOCK), self.now))

    @rule(source=sources)
    def unblock(self, source: int) -> None:
        state = make_state(source, self.revisions[source])
        if source in self.blocked:
            self.due.append((source, "unblock"))
            self.offered[source] = state.revision
        self.blocked.discard(source)
        notice = LifecycleChanged(source, LifecycleEvent.UNBLOCK, state)
        self.run(lambda: tell(self.client, notice, self.now))

    @rule(count=st.integers(1, 3))
    def answer_commands(self, count: int) -> None:
        numbers = range(self.notes, self.notes + count)
        self.notes += count
        self.due.extend(numbers)
        texts = [messages.encode({"number": number}) for number in numbers]
        self.run(lambda: [self.client.queue(text, self.now) for text in texts])

    @rule(seconds=st.sampled_from([29, 30, 90]))
    def let_time_pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.run(lambda: self.client.outbox.beat(self.now))

    # What must hold

    def count_waiting_states(self) -> int:
        return len(self.subscription._waiting) + len(self.subscription._newest)

    @invariant()
    def messages_that_did_not_arrive_wait_in_order(self) -> None:
        if not hasattr(self, "client"):
            return
        waiting = [json.loads(text) for text in self.client.outbox.waiting]
        others = [message for message in waiting if message.get("event") != "state"]
        assert [m["number"] if "number" in m else brief(m) for m in others] == list(self.due)
        assert self.client.outbox.is_connected is (self.line is not None)
        assert self.client.outbox._characters == sum(map(len, self.client.outbox.waiting))

    def teardown(self) -> None:
        if not hasattr(self, "client"):
            return
        try:
            self.connect("websocket", is_bad=False)
            assert not self.due
            assert {source: self.arrived[source] for source in self.offered} == self.offered
            assert not self.returned
            assert self.client.outbox.is_empty
            assert self.count_waiting_states() == 0
        finally:
            outbox_module.SLOW_AFTER_S = self.patience
            self.client.close()
            self.runner.close()


@pytest.mark.atmosphere(36, 46, 54, 56)
class TestOutbox(OutboxMachine.TestCase):
    settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
