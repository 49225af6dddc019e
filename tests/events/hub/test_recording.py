"""What is heard while the database is read, and how much of it is kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from accounts.wire.errors import ApiError, ErrorCode
from events.clients import recording
from events.clients.account import Account
from events.clients.delivery import deliver
from events.hub.hub import Hub
from events.hub.snapshot import Loaded
from tests.events.builders import ACCOUNT_ID, make_state, make_tracked
from trackers.engine.notices import StatesChanged

MOST = 10


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_RECORDED_STATES", MOST)


async def load_while(hub: Hub, count: int) -> Loaded:
    """Reads the database, while so many states come one by one."""
    loop, account = asyncio.get_running_loop(), Account(ACCOUNT_ID)

    async def tell(revision: int) -> None:
        deliver(account, StatesChanged((make_state(1, revision),)), datetime.now(UTC))

    def read() -> Loaded:
        for revision in range(1, count + 1):
            asyncio.run_coroutine_threadsafe(tell(revision), loop).result(timeout=20)
        return Loaded({}, {1: make_tracked(make_state(1, 0))})

    return await hub.load(account, read)


async def test_states_heard_meanwhile_are_newer_than_what_was_read(short: None, hub: Hub) -> None:
    loaded = await load_while(hub, MOST)
    assert [one.state.revision for one in loaded.by_source.values()] == [MOST]


async def test_reading_during_which_too_much_changes_is_refused(short: None, hub: Hub) -> None:
    with pytest.raises(ApiError) as caught:
        await load_while(hub, MOST + 1)
    assert caught.value.code is ErrorCode.DATABASE_UNAVAILABLE
    loaded = await load_while(hub, 1)
    assert [one.state.revision for one in loaded.by_source.values()] == [1], "the next one begins anew"
