"""Many who subscribe at once: each is answered, and few are at the database at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from accounts.models import User
from events.hub.hub import READINGS_AT_ONCE
from tests.events.conftest import Visit, Visitor
from trackers.models import Tracker

CROWD = 5 * READINGS_AT_ONCE


@pytest.mark.django_db(transaction=True)
async def test_of_a_crowd_few_read_at_a_time_and_all_are_answered(
    visit: Visit, alice: User, vans: list[Tracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = [await visit(alice) for _ in range(CROWD)]
    reading: list[int] = []

    def watch(visitor: Visitor) -> None:
        send = visitor.send

        def note(texts: Sequence[str]) -> bool:
            reading.extend(len(account.recordings) for account in visitor.client.accounts)
            return send(texts)

        monkeypatch.setattr(visitor, "send", note)

    for visitor in crowd:
        watch(visitor)
    answers = await asyncio.gather(*(visitor.subscribe([van.pk for van in vans]) for visitor in crowd))
    assert [len(answer) for answer in answers] == [len(vans)] * CROWD
    assert max(reading) < READINGS_AT_ONCE


@pytest.mark.django_db(transaction=True)
async def test_who_is_refused_leaves_the_turn_to_the_next(visit: Visit, alice: User, vans: list[Tracker]) -> None:
    strangers = [await visit("0" * 32) for _ in range(CROWD)]
    refused = await asyncio.gather(*(one.subscribe([1]) for one in strangers), return_exceptions=True)
    assert all(isinstance(one, Exception) for one in refused)
    visitor = await visit(alice)
    assert len(await visitor.subscribe([van.pk for van in vans])) == len(vans)
