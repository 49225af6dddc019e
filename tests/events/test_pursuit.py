"""How long the older of two connections of one client is left open (atmosphere point 46)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from events.clients.outbox import LONGEST_WAIT_S, SHORTEST_WAIT_S, Pursuit
from tests.events.builders import NOON


@pytest.mark.atmosphere(46)
def test_two_that_chase_each_other_come_to_rest() -> None:
    pursuit, now, waits = Pursuit(), NOON, []
    for _ in range(12):
        waits.append(pursuit.next_wait_s(now))
        now += timedelta(seconds=waits[-1])
    assert waits[:3] == [SHORTEST_WAIT_S, 2 * SHORTEST_WAIT_S, 4 * SHORTEST_WAIT_S]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S


@pytest.mark.atmosphere(46)
def test_rare_takeover_ends_the_other_soon() -> None:
    pursuit = Pursuit()
    waits = [pursuit.next_wait_s(NOON + minute * timedelta(minutes=2)) for minute in range(5)]
    assert waits == [SHORTEST_WAIT_S] * 5
