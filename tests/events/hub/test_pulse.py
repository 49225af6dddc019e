"""When a connection is looked at for a heartbeat, by a clock of the test's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.clients.client import Client
from events.clients.renderer import StateRenderer
from events.hub.pulse import Pulse
from events.hub.turns import AT_ONCE, Turns
from tests.events.builders import LEGACY, NOON, make_connection
from tests.events.fakes import FakeTransport
from tests.events.reading import MARK


class Hour:
    """A client, its connection and the wheel, from noon on."""

    def __init__(self, wish: str = "") -> None:
        self.pulse = Pulse()
        self.client = Client(StateRenderer(), NOON)
        self.reconnect(0, wish)

    def reconnect(self, second: float, wish: str = "") -> None:
        self.transport = FakeTransport(make_connection(LEGACY + wish))
        self.client.outbox.attach(self.transport, NOON + timedelta(seconds=second))
        self.pulse.watch(self.client, NOON + timedelta(seconds=second), second)

    def beat_until(self, last: int, first: int = 0) -> list[int]:
        """The seconds in which a heartbeat was sent."""
        heard = []
        for second in range(first, last + 1):
            self.pulse.beat(NOON + timedelta(seconds=second), second)
            heard += [second] * len(self.transport.taken())
        return heard


@pytest.mark.atmosphere(21)
async def test_silent_connection_gets_each_heartbeat_when_it_is_due() -> None:
    assert Hour().beat_until(95) == [30, 60, 90]


async def test_message_puts_the_next_heartbeat_off() -> None:
    hour = Hour()
    hour.beat_until(20)
    hour.client.queue(MARK, NOON + timedelta(seconds=20))
    hour.transport.taken()
    assert hour.beat_until(85, 21) == [50, 80]


async def test_new_connection_with_a_shorter_wish_is_looked_at_in_time() -> None:
    hour = Hour("&X-Heartbeat-Server=100000")
    hour.reconnect(10)
    assert hour.beat_until(45, 10) == [40]


async def test_blocked_connection_is_looked_at_again() -> None:
    hour = Hour()
    hour.transport.block()
    hour.client.queue(MARK, NOON)
    assert hour.beat_until(35) == []
    hour.transport.unblock()
    await hour.client.outbox.drain()
    hour.transport.connection.last_sent = NOON + timedelta(seconds=36)
    hour.transport.taken()
    assert hour.beat_until(70, 36) == [66]


async def test_client_that_is_forgotten_gets_no_heartbeat() -> None:
    hour = Hour()
    hour.pulse.forget(hour.client)
    assert hour.beat_until(40) == []


def test_everything_has_its_turn() -> None:
    turns, things = Turns(), list(range(2 * AT_ONCE + 1))
    taken = [turns.take(things) for _ in range(4)]
    assert [len(part) for part in taken] == [AT_ONCE, AT_ONCE, 1, AT_ONCE]
    assert sorted(thing for part in taken[:3] for thing in part) == things
