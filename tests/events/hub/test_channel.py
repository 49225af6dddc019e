"""The ear of a process on the channel layer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from events.hub import channel as channel_module
from events.hub.channel import LayerChannel
from tests.events.fakes import PATIENCE_S, LossyLayer

GROUP = "everybody"


@pytest.fixture
async def open_channel(layer: LossyLayer) -> AsyncIterator[Callable[[], LayerChannel]]:
    """Makes a channel that listens once somebody waits for it."""
    tasks: list[asyncio.Task[None]] = []

    def make() -> LayerChannel:
        channel = LayerChannel([GROUP], start=lambda: tasks.append(asyncio.create_task(channel.listen())))
        return channel

    yield make
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Notebook:
    """Writes down what is heard."""

    def __init__(self, channel: LayerChannel, *types: str) -> None:
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        channel.on_message(*types, call=self._messages.put_nowait)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await self._messages.get()


Open = Callable[[], LayerChannel]


async def test_messages_are_handed_on_by_type(open_channel: Open) -> None:
    here, there = open_channel(), open_channel()
    greetings, farewells = Notebook(there, "hello"), Notebook(there, "goodbye")
    await here.wait_until_open()
    await there.wait_until_open()
    for message_type in ("hello", "of a newer version", "goodbye"):
        await here.send_to_group(GROUP, message_type, word=message_type)
    for notebook, word in ((greetings, "hello"), (farewells, "goodbye")):
        assert await notebook.next() == {"type": word, "sender": here.name, "word": word}


async def test_nobody_hears_himself(open_channel: Open) -> None:
    here, there = open_channel(), open_channel()
    heard = Notebook(here, "hello")
    await here.wait_until_open()
    await there.wait_until_open()
    await here.send_to_group(GROUP, "hello")
    await there.send(here.name or "", "hello")
    assert (await heard.next())["sender"] == there.name


async def test_hearer_that_fails_costs_one_message(open_channel: Open, caplog: pytest.LogCaptureFixture) -> None:
    here, there = open_channel(), open_channel()
    there.on_message("nonsense", call=lambda message: message["missing"])
    heard = Notebook(there, "hello")
    await here.wait_until_open()
    await there.wait_until_open()
    await here.send(there.name or "", "nonsense")
    await here.send(there.name or "", "hello")
    await heard.next()
    assert "unexpected error in a message of the channel layer" in caplog.text


async def test_joined_group_is_heard_until_it_is_left(open_channel: Open) -> None:
    here, there = open_channel(), open_channel()
    heard = Notebook(there, "hello", "end")
    await here.wait_until_open()
    await there.wait_until_open()
    assert await there.join("club")
    await here.send_to_group("club", "hello")
    assert (await heard.next())["type"] == "hello"
    await there.leave("club")
    await here.send_to_group("club", "hello")
    await here.send_to_group(GROUP, "end")
    assert (await heard.next())["type"] == "end"


async def test_layer_that_is_down_is_not_waited_for(
    open_channel: Open, layer: LossyLayer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://nowhere"
    monkeypatch.setattr(channel_module, "OPEN_TIMEOUT_S", 0.05)
    layer.is_down = True
    channel = open_channel()
    assert not await channel.reaches_others()
    assert not await channel.join("club")
    await channel.send_to_group(GROUP, "hello")


@pytest.mark.parametrize("has_broker", [True, False])
async def test_only_a_broker_reaches_others(open_channel: Open, settings: Any, has_broker: bool) -> None:
    settings.REDIS_URL = "redis://nowhere" if has_broker else ""
    assert await open_channel().reaches_others() is has_broker
