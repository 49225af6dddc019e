"""What comes first after a subscription to many trackers, while others get the loop in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from accounts.models import User
from events.clients.delivery import deliver
from events.commands import subscribe
from tests.events.builders import make_state
from tests.events.conftest import Visit
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.models import Tracker


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["state", "lifecycle"])
async def test_news_among_first_states_are_not_taken_back(
    visit: Visit, alice: User, vans: list[Tracker], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribe, "STATES_AT_ONCE", 1)
    visitor = await visit(alice)
    first, second = (van.source_id for van in vans)
    sent: list[tuple[str, int]] = []

    def happen() -> None:
        [account] = visitor.client.accounts
        block = LifecycleChanged(second, LifecycleEvent.BLOCK)
        notice = StatesChanged((make_state(second, 99),)) if what == "state" else block
        deliver(account, notice, datetime.now(UTC))

    def send(texts: Sequence[str]) -> bool:
        message = json.loads(texts[0])
        sent.append((message.get("event", message["type"]), message["data"].get("source_id", 0)))
        if sent[-1] == ("state", first):
            asyncio.get_running_loop().call_soon(happen)
        return True

    monkeypatch.setattr(visitor, "send", send)
    await visitor.command(events=["state"], trackers=[van.pk for van in vans])
    assert sent == [("response", 0), ("state", first), (what, second)]


@pytest.mark.django_db(transaction=True)
async def test_each_of_many_trackers_comes_once_in_order(
    visit: Visit, alice: User, vans: list[Tracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribe, "STATES_AT_ONCE", 1)
    visitor = await visit(alice)
    assert len(await visitor.subscribe([van.pk for van in vans])) == len(vans)
    assert await visitor.speeds(len(vans)) == [(van.source_id, None) for van in vans]
    assert visitor.frames.empty()
