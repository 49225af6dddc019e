"""Reports of a day that are packed bit by bit are those that came, whatever their order, and are read in parts."""

from __future__ import annotations

import zlib
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackers.storage.stretches import (
    REPORTS_PER_STRETCH,
    Row,
    Stretch,
    all_rows,
    cut,
    merge,
    packed_of,
    rows_between,
    stretches_of,
    with_rows,
)

numbers = st.none() | st.integers(-(2**31), 2**31 - 1)
any_rows = st.tuples(st.integers(-(2**62), 2**62), *[numbers] * 9, st.text())


def drive(first: int, count: int) -> list[Row]:
    """So many reports, one a second."""
    return [(first + second, 0, second, None, "") for second in range(count)]


drives = st.builds(drive, st.integers(0, 9_000), st.integers(1, 3 * REPORTS_PER_STRETCH))


@given(rows=st.lists(any_rows, min_size=1))
def test_what_is_packed_is_unpacked(rows: list[Row]) -> None:
    assert all_rows(stretches_of(packed_of(cut(rows)))) == rows


@given(lots=st.lists(drives, min_size=1, max_size=6))
def test_what_is_added_is_in_its_place_once(lots: list[list[Row]]) -> None:
    stretches, known = [], list[Row]()
    for lot in lots:
        stretches, known = with_rows(stretches, lot), merge(known, lot)
    assert all_rows(stretches) == known
    assert [(one.first, one.last, one.reports) for one in stretches] == [extent(one) for one in stretches]
    assert all(before.last <= after.first for before, after in pairwise(stretches))
    assert all(one.reports >= REPORTS_PER_STRETCH for one in stretches[:-1])
    assert all(one.reports < 2 * REPORTS_PER_STRETCH for one in stretches)


def extent(one: Stretch) -> tuple[int, int, int]:
    rows = all_rows([one])
    return rows[0][0], rows[-1][0], len(rows)


@given(lots=st.lists(drives, min_size=1, max_size=3), first=st.integers(-9, 12_000), length=st.integers(0, 9_000))
def test_a_part_is_read_alone(lots: list[list[Row]], first: int, length: int) -> None:
    stretches = cut(merge(lots[0], lots[-1]))
    wanted = [row for row in all_rows(stretches) if first <= row[0] <= first + length]
    assert list(rows_between(stretches, first, first + length)) == wanted
    assert list(rows_between(stretches, first, first + length, [0, 2])) == [(row[0], row[2]) for row in wanted]


def test_what_is_full_and_before_stays_as_it_is() -> None:
    before = cut(drive(0, 3 * REPORTS_PER_STRETCH))
    after = with_rows(before, drive(9_000, 10))
    assert after[:3] == before and [one.reports for one in after[3:]] == [10]
    late = with_rows(after, drive(1_500, 1))
    assert late[:1] == before[:1] and all_rows(late) == all_rows(after)


def test_a_day_of_the_first_form_is_read_and_added_to() -> None:
    columns = [[7, 1, 2], [1, 2, 3], [50, 0, None], [4, 4, 4], ["", "a", "b"]]
    former = b"\x01" + zlib.compress(msgspec.msgpack.encode(columns))
    rows = [(7, 1, 50, 4, ""), (8, 2, 50, 8, "a"), (10, 3, None, 12, "b")]
    assert all_rows(stretches_of(former)) == rows
    assert [row[0] for row in rows_between(stretches_of(former), 8, 9)] == [8]
    more = with_rows(stretches_of(former), [(9, 5, 6, 7, "")])
    assert all_rows(stretches_of(packed_of(more))) == [*rows[:2], (9, 5, 6, 7, ""), rows[2]]


def test_another_form_is_not_taken_for_this_one() -> None:
    with pytest.raises(ValueError, match="form"):
        stretches_of(b"\x03" + packed_of(cut(drive(0, 3)))[1:])
