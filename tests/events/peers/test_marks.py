"""Marks in a broker that answers late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from events.clients.identity import Identity
from events.peers.marks import ANSWER_S, TRIES, Marks
from tests.end_to_end.servers import Broker

WHO = Identity("/event/subscription", "8f2c", "203.0.113.7")


@pytest.fixture
async def operator(tmp_path: Path, settings: Any) -> AsyncIterator[Redis]:
    """A connection that can have the broker wait."""
    with Broker(tmp_path) as broker:
        settings.REDIS_URL = broker.url
        async with Redis(unix_socket_path=str(broker.socket)) as operator:
            yield operator


@pytest.fixture
async def marks(operator: Redis) -> AsyncIterator[Marks]:
    marks = Marks()
    await marks._write(WHO)
    yield marks
    await marks.stop()


async def pause(operator: Redis, seconds: float) -> None:
    await operator.client_pause(round(seconds * 1000))


async def test_mark_is_found_though_its_first_answer_is_late(marks: Marks, operator: Redis) -> None:
    await pause(operator, 1.5 * ANSWER_S)
    assert await marks.take(WHO)
    assert not await marks.take(WHO)


async def test_mark_that_nobody_could_ask_for_stays(marks: Marks, operator: Redis) -> None:
    await pause(operator, (TRIES + 1) * ANSWER_S)
    assert not await marks.take(WHO)
    async with asyncio.timeout(10):
        while not await marks.take(WHO):
            pass
