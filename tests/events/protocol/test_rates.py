"""How often batches may come (api §4.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.protocol.rates import LONGEST_RATE, SHORTEST_RATE, parse_rate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("1s", 1),
        ("500ms", 0.5),
        ("2m", 120),
        ("1h", 3600),
        ("PT5S", 5),
        ("PT1M30S", 90),
        ("PT0.5S", 0.5),
        ("PT1H", 3600),
        ("1ms", 0.1),
        ("PT0S", 0.1),
        ("25h", 3600),
        ("9999999999h", 3600),
    ],
)
def test_time_span_is_read_within_bounds(text: str, seconds: float) -> None:
    assert parse_rate(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "s", "0s", "-5s", "5 s", "5S", "1.5s", "5d", "PT", "P1D", "PT5", "٥s", "5s5s"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span of time"):
        parse_rate(text)


@given(st.text(max_size=20))
def test_whatever_is_understood_is_within_bounds(text: str) -> None:
    try:
        rate = parse_rate(text)
    except ValueError:
        return
    assert SHORTEST_RATE <= rate <= LONGEST_RATE
