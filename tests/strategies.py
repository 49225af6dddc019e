"""Hypothesis strategies: text, JSON, reports and states."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any, TypeVar

from hypothesis import strategies as st

from trackers.engine.apply import apply_report
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import State
from trackers.reports.report import Fix, Report

EPOCH = datetime(2024, 5, 2, 8, tzinfo=UTC)
RULES = Rules(idle_timeout=timedelta(minutes=5), offline_timeout=timedelta(minutes=10))
FRESH = Record(State(source_id=7, registered_at=EPOCH))

# Text that programs get wrong: control characters, lone surrogates, digits of other scripts, several minus signs.
odd_texts = st.sampled_from(
    ["", " ", "\x00", "\ud800", "\U0010ffff", "--5", "-", "٣", "1e999", "[1]", "[" * 50, "true", "nan", "Nowhere/Land"]
)
# What framing gives a meaning to, and what is long in one encoding and short in another.
_awkward_characters = st.sampled_from("|X\r\n\t :0123456789\x00\x85\u2028\ufeffé😀\U0010ffff")
_lone_surrogates = st.characters(categories=["Cs"])
awkward_texts = st.text(_awkward_characters | st.characters(codec="utf-8"), max_size=20)
any_texts = st.text(_awkward_characters | _lone_surrogates | st.characters(), max_size=20)
_numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
_scalars = st.none() | st.booleans() | _numbers | st.text(max_size=8) | odd_texts


Cuttable = TypeVar("Cuttable", str, bytes)


@st.composite
def pieces(draw: st.DrawFn, whole: Cuttable) -> list[Cuttable]:
    """A text that is cut anywhere."""
    places = draw(st.sets(st.integers(1, max(1, len(whole) - 1)), max_size=8))
    return [whole[start:end] for start, end in pairwise([0, *sorted(places), len(whole)])]


@st.composite
def pieces_of_framed(draw: st.DrawFn, frames: Sequence[Cuttable], delimiter: Cuttable) -> list[Cuttable]:
    """Frames with lengths, cut anywhere but within a length alone, which the protocol forbids (atmosphere §4)."""
    whole = delimiter[:0].join(frames)
    starts = list(accumulate(map(len, frames), initial=0))
    kept = [0]
    for place in sorted(draw(st.sets(st.integers(1, max(1, len(whole) - 1)), max_size=8))):
        number = bisect_right(starts, place) - 1
        start = starts[number]
        is_in_length = start < place <= start + frames[number].index(delimiter)
        if not is_in_length or kept[-1] < start:
            kept.append(place)
    return [whole[start:end] for start, end in pairwise([*kept, len(whole)])]


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value, with the awkward ones more often than by chance."""
    return st.recursive(
        _scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=8,
    )


def moments(minutes: int = 30) -> st.SearchStrategy[datetime]:
    """Whole seconds of the first minutes after EPOCH."""
    return st.integers(0, minutes * 60).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


# What a parser lets through as the value of an attribute: JSON that a database can store.
_storable = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
_scalars_or_lists = _storable | st.text(max_size=5) | st.lists(_storable, max_size=2)

fixes = st.builds(
    Fix,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    speed_kmh=st.sampled_from([None, 0.0, 2.9, 3.0, 50.0]) | st.floats(0, 200),
    heading_degrees=st.none() | st.integers(0, 360),
    altitude_m=st.none() | st.integers(-400, 9000),
    satellites=st.sampled_from([None, None, 2, 3, 9, 20]),
    precision_m=st.none() | st.integers(1, 500),
    is_cell_based=st.sampled_from([False, False, True]),
    is_valid=st.sampled_from([True, True, False]),
)


def reports(times: st.SearchStrategy[datetime] | None = None) -> st.SearchStrategy[Report]:
    """Reports of one device."""
    return st.builds(
        Report,
        device_id=st.just("device"),
        time=times if times is not None else moments(),
        fix=st.none() | fixes,
        battery_percent=st.none() | st.integers(0, 100),
        ignition=st.none() | st.booleans(),
        gsm_percent=st.none() | st.integers(0, 100),
        network_name=st.none() | st.text(max_size=5),
        roaming=st.none() | st.booleans(),
        inputs=st.none() | st.lists(st.booleans(), max_size=4).map(tuple),
        outputs=st.none() | st.lists(st.booleans(), max_size=4).map(tuple),
        is_moving=st.none() | st.booleans(),
        hardware_key=st.none() | st.text(max_size=5),
        event_code=st.none() | st.integers(1, 700),
        attributes=st.dictionaries(st.sampled_from(["hdop", "fuel", "door"]), _scalars_or_lists, max_size=2),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record that reports led to, each of which came some time after its making."""
    record = FRESH
    for report in draw(st.lists(reports(), max_size=6)):
        delay = timedelta(seconds=draw(st.integers(0, 900)))
        record = apply_report(record, report, received_at=report.time + delay, rules=RULES).record
    return record


def states() -> st.SearchStrategy[State]:
    """The states of such records."""
    return records().map(lambda record: record.state)
