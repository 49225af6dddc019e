"""One object for each event loop, and tasks that nobody waits for."""

from __future__ import annotations

import asyncio

import pytest

from accounts.loops import BackgroundTasks, PerLoop


async def fail() -> None:
    raise LookupError("nothing there")


def test_each_loop_has_an_object_of_its_own() -> None:
    current = PerLoop(object)

    async def ask() -> list[object]:
        return [current(), current()]

    (first, again), (other, _) = asyncio.run(ask()), asyncio.run(ask())
    assert first is again
    assert first is not other


def test_without_a_loop_there_is_no_object() -> None:
    with pytest.raises(RuntimeError):
        PerLoop(object)()


async def test_no_more_tasks_than_the_limit_are_begun() -> None:
    tasks, gate = BackgroundTasks("test", limit=2), asyncio.Event()
    begun = [tasks.start(job) for job in (gate.wait(), gate.wait(), gate.wait())]
    assert begun == [True, True, False]
    gate.set()
    await tasks.finish()
    assert len(tasks) == 0
    assert tasks.start(gate.wait())
    await tasks.finish()


async def test_stopping_cancels_what_is_under_way() -> None:
    tasks, gate = BackgroundTasks("test"), asyncio.Event()
    tasks.start(gate.wait())
    await tasks.stop()
    assert len(tasks) == 0


async def test_what_a_task_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    tasks = BackgroundTasks("test")
    tasks.start(fail())
    await tasks.finish()
    assert "unexpected error in a task of the test" in caplog.text
    assert "nothing there" in caplog.text
