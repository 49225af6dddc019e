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
    tasks: dict[LayerChannel, asyncio.Task[None]] = {}

    def make() -> LayerChannel:
        def start() -> None:
            if channel not in tasks:
                tasks[channel] = asyncio.create_task(channel.listen())

        channel = LayerChannel([GROUP], start=start)
        return channel

    yield make
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


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


async def test_channel_that_is_opened_anew_hears_again(open_channel: Open, layer: LossyLayer) -> None:
    here, there = open_channel(), open_channel()
    heard = Notebook(there, "hello", "club")

    async def join_club() -> None:
        assert await there.join("club")

    there.on_open(join_club)
    await there.wait_until_open()
    deaf = there.name
    layer.deafen()
    await there.open_anew()
    await there.wait_until_open()
    assert there.name != deaf
    await here.send_to_group(GROUP, "hello")
    await here.send_to_group("club", "club")
    assert [(await heard.next())["type"] for _ in range(2)] == ["hello", "club"]
    assert not any(deaf in names for names in layer.groups.values())


async def test_channel_is_nowhere_until_it_is_open_again(open_channel: Open, settings: Any) -> None:
    settings.REDIS_URL = "redis://nowhere"
    channel = open_channel()
    assert await channel.reaches_others()
    await channel.open_anew()
    assert not await channel.reaches_others()
    assert not await channel.join("club")
    await channel.wait_until_open()
    assert await channel.reaches_others()
    assert await channel.join("club")


async def test_channel_opened_by_half_is_forgotten(open_channel: Open, layer: LossyLayer) -> None:
    async def fail() -> None:
        raise OSError("the layer broke")

    channel = open_channel()
    channel.on_open(fail)
    with pytest.raises(OSError, match="the layer broke"):
        await channel.listen()
    assert layer.groups == {}
    assert not await channel.join("club")


@pytest.mark.parametrize("has_broker", [True, False])
async def test_only_a_broker_reaches_others(open_channel: Open, settings: Any, has_broker: bool) -> None:
    settings.REDIS_URL = "redis://nowhere" if has_broker else ""
    assert await open_channel().reaches_others() is has_broker
