"""The publisher: numbers, ticks, and a layer that is away for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.layers import BaseChannelLayer, get_channel_layer
from pytest_django import Settings
from redis.exceptions import TimeoutError as RedisTimeoutError

from accounts.notices import (
    TICK_GROUP,
    Encoded,
    LoginsEnded,
    Publisher,
    account_group,
    current_publisher,
    decode_notice,
    publish,
)
from accounts.wire.logout_causes import LogoutCause


class RecordingLayer(BaseChannelLayer):
    """Keeps what is sent, or fails as a broker does that is away."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.is_away = False
        self.fails_next: Exception | None = None

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_away:
            raise ConnectionError("nobody listens")
        if (failure := self.fails_next) is not None:
            self.fails_next = None
            raise failure
        self.sent.append((group, message))

    def numbers(self, account_id: int) -> list[int]:
        return [message["number"] for group, message in self.sent if group == account_group(account_id)]

    def ticks(self) -> list[tuple[int, list[list[int]]]]:
        return [(message["number"], message["numbers"]) for group, message in self.sent if group == TICK_GROUP]


@pytest.fixture
def layer(settings: Settings) -> RecordingLayer:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.RecordingLayer"}}
    layer = get_channel_layer()
    assert isinstance(layer, RecordingLayer)
    return layer


@pytest.fixture
async def publisher(layer: RecordingLayer) -> AsyncIterator[Publisher]:
    publisher = Publisher()
    yield publisher
    await publisher.stop()


async def tick(publisher: Publisher) -> None:
    """One more tick."""
    await publisher._tick()


async def test_notices_are_numbered_by_account(publisher: Publisher, layer: RecordingLayer) -> None:
    for account_id in (1, 2, 1, 1):
        await publisher.send(account_id, "logins_ended", b"{}")
    assert (layer.numbers(1), layer.numbers(2)) == ([1, 2, 3], [1])
    assert {message["publisher"] for _, message in layer.sent} == {publisher.identity}


async def test_a_tick_tells_the_last_numbers_that_changed(publisher: Publisher, layer: RecordingLayer) -> None:
    await tick(publisher)
    for account_id in (1, 2, 1):
        await publisher.send(account_id, "logins_ended", b"{}")
    await tick(publisher)
    await publisher.send(2, "logins_ended", b"{}")
    await tick(publisher)
    await tick(publisher)
    assert [(number, sorted(numbers)) for number, numbers in layer.ticks()] == [
        (1, []),
        (2, [[1, 2, 2], [2, 1, 1]]),
        (3, [[2, 2, 1]]),
        (4, []),
    ]


async def test_a_publisher_says_goodbye_in_order(publisher: Publisher, layer: RecordingLayer) -> None:
    publisher.start_ticking()
    await asyncio.sleep(0)
    publisher.begin_sending([Encoded(1, "logins_ended", b"{}")])
    await publisher.stop()
    first, notice, last = [message for _, message in layer.sent]
    assert (first["is_last"], notice["number"], last["is_last"]) == (False, 1, True)
    assert (last["number"], last["numbers"]) == (2, [[1, 1, 1]])


@pytest.mark.django_db(transaction=True)
def test_a_command_without_a_loop_says_goodbye_each_time(layer: RecordingLayer) -> None:
    publish(1, LoginsEnded(("a",), LogoutCause.KEY_DELETED))
    notice, goodbye = [message for _, message in layer.sent]
    assert (notice["number"], goodbye["numbers"], goodbye["is_last"]) == (1, [[1, 1, 1]], True)
    assert notice["publisher"] == goodbye["publisher"]


@pytest.mark.parametrize("error", [TimeoutError, RedisTimeoutError])
async def test_what_took_too_long_is_sent_once_more(
    publisher: Publisher, layer: RecordingLayer, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    layer.fails_next = error("late")
    await publisher.send(1, "logins_ended", b"{}")
    await tick(publisher)
    assert layer.numbers(1) == [1]
    assert caplog.messages == []


async def test_notices_during_an_absence_leave_a_gap(publisher: Publisher, layer: RecordingLayer) -> None:
    await tick(publisher)
    await publisher.send(1, "logins_ended", b"{}")
    layer.is_away = True
    for _ in range(3):
        await publisher.send(1, "logins_ended", b"{}")
    await tick(publisher)
    layer.is_away = False
    await tick(publisher)
    await publisher.send(1, "logins_ended", b"{}")
    assert (layer.numbers(1), [number for number, _ in layer.ticks()]) == ([1, 5], [1, 3])


async def test_absence_and_return_are_logged_once(
    publisher: Publisher, layer: RecordingLayer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "accounts.notices")
    layer.is_away = True
    for _ in range(3):
        await tick(publisher)
    layer.is_away = False
    for _ in range(3):
        await tick(publisher)
    assert caplog.messages == [
        "channel layer is down, notices wait for it: nobody listens",
        "channel layer is back",
    ]


async def test_a_notice_is_read_as_it_was_sent(publisher: Publisher, layer: RecordingLayer) -> None:
    await publisher.send(1, "logins_ended", b'{"digests":["a","b"],"cause":"key_deleted"}')
    assert decode_notice(dict(layer.sent)[account_group(1)]) == LoginsEnded(("a", "b"), LogoutCause.KEY_DELETED)


def test_each_loop_has_one_publisher_of_its_own(layer: RecordingLayer) -> None:
    async def identities() -> set[str]:
        return {current_publisher().identity, current_publisher().identity}

    first, second = asyncio.run(identities()), asyncio.run(identities())
    assert (len(first), len(second), len(first | second)) == (1, 1, 2)
