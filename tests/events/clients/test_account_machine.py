"""Whoever comes, goes, follows and gives up: a notice finds those whom it concerns, each once, and nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.notices import LoginsEnded
from accounts.wire.logout_causes import LogoutCause
from events.clients.account import Account
from events.clients.client import Client
from events.clients.delivery import deliver
from events.clients.renderer import StateRenderer
from events.protocol.kinds.state import STATE
from events.protocol.kinds.state_batch import STATE_BATCH
from tests.events.builders import ACCOUNT_ID, NOON, make_principal, make_state
from tests.events.fakes import FakeTransport
from tests.events.reading import brief
from trackers.engine.notices import AccessWithdrawn, LifecycleChanged, LifecycleEvent, StatesChanged

CLIENTS, SOURCES, USERS = range(3), (1, 2, 3), (ACCOUNT_ID, 7)
clients, sources, users = st.sampled_from(CLIENTS), st.sampled_from(SOURCES), st.sampled_from(USERS)


class AccountMachine(RuleBasedStateMachine):
    """Compares what clients get with what a list of who follows what says that they are to get."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.account = Account(ACCOUNT_ID)
        self.revision = 0
        self.lines: dict[int, tuple[Client, FakeTransport]] = {}
        self.following: set[tuple[int, int, int]] = set()
        """Client, user and source, of those who follow states."""
        self.batched: set[tuple[int, int, int]] = set()
        for number in CLIENTS:
            self.connect(number)

    def run(self, act: Callable[[], Any]) -> None:
        async def do() -> None:
            act()
            await asyncio.sleep(0)

        self.runner.run(do())

    def connect(self, number: int) -> None:
        async def do() -> None:
            client, transport = Client(StateRenderer(), NOON), FakeTransport()
            client.attach(self.account)
            client.outbox.attach(transport, NOON)
            self.lines[number] = client, transport

        self.runner.run(do())

    def forget(self, *, client: int | None = None, user: int | None = None, source: int | None = None) -> None:
        """Nobody follows any more what fits all that is given."""

        def is_left(one: tuple[int, int, int]) -> bool:
            return any(
                wanted is not None and wanted != found
                for wanted, found in zip((client, user, source), one, strict=True)
            )

        self.following, self.batched = set(filter(is_left, self.following)), set(filter(is_left, self.batched))

    def got(self, number: int) -> list[Any]:
        messages = [json.loads(frame) for frame in self.lines[number][1].taken()]
        return [brief(message) for message in messages if message.get("event") != "state_batch"]

    @rule(number=clients, user=users, source=sources, is_batch=st.booleans())
    def follow(self, number: int, user: int, source: int, is_batch: bool) -> None:
        subscriber = self.lines[number][0].subscriber_for(make_principal(user, digest=f"digest {user}"))
        kind, listed = (STATE_BATCH, self.batched) if is_batch else (STATE, self.following)
        subscriber.subscription(kind).add(source, tracker_id=source + 1000, is_blocked=False)
        listed.add((number, user, source))

    @rule(number=clients, user=users, source=sources)
    def unfollow(self, number: int, user: int, source: int) -> None:
        subscriber = self.lines[number][0].login(f"digest {user}")
        if subscriber is not None:
            subscriber.remove([source])
            self.forget(client=number, user=user, source=source)

    @rule(changed=st.lists(sources, min_size=1, max_size=4))
    def report(self, changed: list[int]) -> None:
        states = []
        for source in changed:
            self.revision += 1
            states.append(make_state(source, self.revision))
        self.run(lambda: deliver(self.account, StatesChanged(tuple(states)), NOON))
        for number in CLIENTS:
            told = [(user, one) for user in USERS for one in states if (number, user, one.source_id) in self.following]
            assert sorted(self.got(number)) == sorted((one.source_id, one.revision) for _, one in told)

    @rule(source=sources)
    def remove_source(self, source: int) -> None:
        self.run(lambda: deliver(self.account, LifecycleChanged(source, LifecycleEvent.CORRUPT), NOON))
        for number in CLIENTS:
            lists = self.following | self.batched
            told = {user for user in USERS if (number, user, source) in lists}
            assert self.got(number) == [(source, "corrupt")] * len(told)
        self.forget(source=source)

    @rule(user=users, source=sources)
    def withdraw(self, user: int, source: int) -> None:
        self.run(lambda: deliver(self.account, AccessWithdrawn(user, (source,)), NOON))
        self.forget(user=user, source=source)

    @rule(user=users)
    def end_login(self, user: int) -> None:
        had = [self.lines[number][0].login(f"digest {user}") is not None for number in CLIENTS]
        notice = LoginsEnded((f"digest {user}",), LogoutCause.LOGGED_OUT)
        self.run(lambda: deliver(self.account, notice, NOON))
        assert [self.got(number) == ["logout"] for number in CLIENTS] == had
        self.forget(user=user)

    @rule(number=clients, fails=st.booleans())
    def lose_client(self, number: int, fails: bool) -> None:
        """It says goodbye, or cannot be written to any more; another comes in its place."""
        client, transport = self.lines[number]
        if fails:
            transport.fails = True
            self.run(lambda: client.queue("{}"))
        self.run(client.close)
        client.detach()
        self.forget(client=number)
        self.connect(number)

    @invariant()
    def lists_agree(self) -> None:
        if not hasattr(self, "account"):
            return
        used = {kind for kind, followed in ((STATE, self.following), (STATE_BATCH, self.batched)) if followed}
        assert self.account.kinds_in_use == used
        assert self.account.tracker_ids == {source: source + 1000 for _, _, source in self.following | self.batched}

    def teardown(self) -> None:
        for client, _ in getattr(self, "lines", {}).values():
            client.close()
        if hasattr(self, "runner"):
            self.runner.close()


class TestAccount(AccountMachine.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
