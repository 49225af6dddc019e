"""What was filled in, taken out and used (records §9.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.rendering.reports.fuel import Level, jumps_of, steady
from trackers.engine.tracks import Track

NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def levels(*liters: float, every: float = 1) -> list[Level]:
    return [(at(number * every), one) for number, one in enumerate(liters)]


def volumes(found: list[Level], *tracks: Track) -> list[float]:
    return [round(jump.volume, 1) for jump in jumps_of(found, tracks)]


@pytest.mark.records(55)
@pytest.mark.parametrize(
    ("liters", "every", "found"),
    [
        ([100] * 30, 1, []),
        ([100 - number / 10 for number in range(600)], 1, []),
        ([50, 49, 48, 90, 130, 130, 129, 128], 1, [82]),
        ([50, 51, 50, 52, 50, 53, 50], 1, []),
        ([100, 80, 80, 80], 1, [-20]),
        ([100, 95, 90, 85, 80, 80, 80], 2, [-20]),
        ([100, 60, 60, 60, 110, 110], 20, [-40, 50]),
    ],
    ids=["flat", "driven", "a refill", "slosh", "a drain", "a slow drain", "both between reports"],
)
def test_jumps_are_told_from_use(liters: list[float], every: float, found: list[float]) -> None:
    assert volumes(levels(*liters, every=every)) == found


@pytest.mark.records(55)
def test_what_is_driven_through_is_no_drain() -> None:
    driven = Track(at(5), at(5), at(55), ())
    assert volumes([(at(0), 100.0), (at(60), 70.0)], driven) == []
    assert volumes([(at(0), 100.0), (at(60), 70.0)]) == [-30]


@pytest.mark.records(55)
def test_a_single_reading_that_sticks_out_is_no_jump() -> None:
    assert volumes(steady(levels(50, 50, 120, 50, 50, 0, 50, 50))) == []


@given(st.lists(st.floats(0, 500), max_size=30), st.sampled_from([1, 7, 30]))
def test_jumps_of_a_kind_do_not_overlap(liters: list[float], every: int) -> None:
    found = jumps_of(levels(*liters, every=every), [])
    for is_refill in (True, False):
        of_kind = [jump for jump in found if (jump.volume > 0) is is_refill]
        assert all(one.end[0] <= other.begin[0] for one, other in zip(of_kind, of_kind[1:], strict=False))
