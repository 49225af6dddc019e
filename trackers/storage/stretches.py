"""Reports of a day, packed in stretches that follow one another in time. Each is read, and replaced, alone.

A row of history is here a tuple of its columns without the source, as trackers/storage/history.py makes them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import msgspec

Row = tuple[Any, ...]

REPORTS_PER_STRETCH = 1_000
"""At least, but for the last one of a day; fewer than twice as many. More are hardly packed any better."""
# Of forms that are read for good: another one gets another number. The first was a single stretch, and only its
# columns.
_SINGLE, _FORM = b"\x01", b"\x02"
_LEVEL = 6
# Time, latitude, longitude: what lies next to the one before takes less room by how far it is from there.
_NEAR_EACH_OTHER = (0, 2, 3)


class Stretch(msgspec.Struct, array_like=True, frozen=True):
    """Reports that follow one another."""

    first: int
    """The moment of the first of them."""
    last: int
    """And of the last."""
    reports: int
    columns: bytes
    """Of the rows, compressed."""


_decode_columns = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_decode_stretches = msgspec.msgpack.Decoder(list[Stretch]).decode


def packed_of(stretches: Sequence[Stretch]) -> bytes:
    """All stretches of a day as they are stored."""
    return _FORM + msgspec.msgpack.encode(stretches)


def stretches_of(packed: bytes) -> list[Stretch]:
    """The stretches that were stored, in order. Raises ValueError for a form that is not known."""
    if packed[:1] == _SINGLE:
        times = _rows(packed[1:], [0])
        return [Stretch(times[0][0], times[-1][0], len(times), packed[1:])]
    if packed[:1] != _FORM:
        raise ValueError("a packed day has a form that this version does not know")
    return _decode_stretches(memoryview(packed)[1:])


def cut(rows: Sequence[Row]) -> list[Stretch]:
    """Rows, in order, as stretches."""
    count = max(1, len(rows) // REPORTS_PER_STRETCH)
    borders = [len(rows) * number // count for number in range(count + 1)]
    return [_stretch(rows[begin:end]) for begin, end in zip(borders, borders[1:], strict=False) if begin < end]


def _stretch(rows: Sequence[Row]) -> Stretch:
    columns = [list(column) for column in zip(*rows, strict=True)]
    for index in _NEAR_EACH_OTHER:
        columns[index] = _differences(columns[index])
    return Stretch(rows[0][0], rows[-1][0], len(rows), zlib.compress(msgspec.msgpack.encode(columns), _LEVEL))


def with_rows(stretches: Sequence[Stretch], rows: list[Row]) -> list[Stretch]:
    """The stretches of a day, and these rows, in order; whatever ends before the first of them stays as it is."""
    kept = list(stretches)
    while kept and (kept[-1].reports < REPORTS_PER_STRETCH or kept[-1].last >= rows[0][0]):
        rows = merge(_rows(kept.pop().columns), rows)
    return [*kept, *cut(rows)]


def rows_between(
    stretches: Iterable[Stretch], first: int, last: int, columns: Sequence[int] | None = None
) -> Iterator[Row]:
    """The rows from a moment to another, both included, or these columns of them, of which the first is the time."""
    for one in stretches:
        if first <= one.first and one.last <= last:
            yield from _rows(one.columns, columns)
        elif first <= one.last and one.first <= last:
            yield from (row for row in _rows(one.columns, columns) if first <= row[0] <= last)


def all_rows(stretches: Iterable[Stretch]) -> list[Row]:
    """The rows of all stretches."""
    return [row for one in stretches for row in _rows(one.columns)]


def merge(known: list[Row], more: list[Row]) -> list[Row]:
    """Rows by time and digest, each once; where both have one, that which was known."""
    if not known or not more:
        return known or more
    by_key = {row[:2]: row for row in (*more, *known)}
    return [by_key[key] for key in sorted(by_key)]


def _rows(compressed: bytes, columns: Sequence[int] | None = None) -> list[Row]:
    # What is not wanted is passed over; most of a day are the texts of what was said.
    known = _decode_columns(zlib.decompress(compressed))
    wanted = range(len(known)) if columns is None else columns
    decoded = ((one, msgspec.msgpack.decode(known[one])) for one in wanted)
    return list(zip(*(_sums(column) if one in _NEAR_EACH_OTHER else column for one, column in decoded), strict=True))


def _differences(numbers: Iterable[int | None]) -> list[int | None]:
    last, differences = 0, list[int | None]()
    for number in numbers:
        differences.append(None if number is None else number - last)
        last = last if number is None else number
    return differences


def _sums(differences: Sequence[int | None]) -> list[int | None]:
    if None not in differences:
        return list(accumulate(differences))
    sums = accumulate(one or 0 for one in differences)
    return [None if one is None else total for one, total in zip(differences, sums, strict=True)]
