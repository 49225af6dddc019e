"""When something that failed is tried again."""

from __future__ import annotations

import pytest

from events.hub.backoff import Backoff

# At which seconds somebody asks who asks once a second, and what was tried then.
TRIES = [
    (2.0, 30.0, [0, 2, 6, 14, 30, 60, 90, 120]),
    (1.0, 4.0, [0, 1, 3, 7, 11, 15, 19]),
    (5.0, 5.0, [0, 5, 10, 15]),
]


def tries(backoff: Backoff, begin_s: int, end_s: int) -> list[int]:
    return [second - begin_s for second in range(begin_s, end_s) if backoff.take(float(second))]


@pytest.mark.parametrize(("first_s", "most_s", "expected"), TRIES)
def test_pauses_double_up_to_their_bound(first_s: float, most_s: float, expected: list[int]) -> None:
    backoff = Backoff(first_s=first_s, most_s=most_s)
    assert tries(backoff, 1000, 1000 + expected[-1] + 1) == expected


def test_next_pause_is_told() -> None:
    backoff = Backoff(first_s=2, most_s=30)
    pauses = []
    for second in (0, 2, 6, 14, 30, 60):
        assert backoff.take(second)
        pauses.append(backoff.pause_s)
    assert pauses == [2, 4, 8, 16, 30, 30]


def test_reset_allows_a_try_at_once() -> None:
    backoff = Backoff(first_s=2, most_s=30)
    assert tries(backoff, 0, 10) == [0, 2, 6]
    backoff.reset()
    assert tries(backoff, 10, 17) == [0, 2, 6]
