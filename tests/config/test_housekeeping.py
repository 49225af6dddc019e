"""What runs beside the rounds of housekeeping."""

from __future__ import annotations

import asyncio

import pytest

from config.management.commands.housekeeping import start
from tests.patience import PATIENCE_S


async def fail() -> None:
    raise LookupError


async def test_failure_beside_the_rounds_ends_them() -> None:
    stopping = asyncio.Event()
    task = start(fail(), stopping)
    await asyncio.wait_for(stopping.wait(), PATIENCE_S)
    with pytest.raises(LookupError):
        await task


async def test_work_runs_until_the_stop() -> None:
    stopping = asyncio.Event()
    task = start(asyncio.sleep(PATIENCE_S), stopping)
    await asyncio.sleep(0)
    assert not stopping.is_set()
    task.cancel()
