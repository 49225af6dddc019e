"""Counters: kilometres and hours, counted once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import EPOCH
from trackers.engine.counters import (
    NOT_COUNTED,
    Counter,
    Place,
    count_device_value,
    count_distance,
    count_running,
    distance_km,
)

KM_IN_DEGREES = 1 / 111.19492664


def at(minute: float) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def place(minute: float, km: float) -> Place:
    """So many kilometres north of the equator."""
    return Place(at(minute), km * KM_IN_DEGREES, 13.0)


def drive(places: list[tuple[float, float]], *, multiplier: float = 1.0) -> Counter:
    counter = NOT_COUNTED
    for minute, km in places:
        counter = count_distance(counter, place(minute, km), is_driving=True, multiplier=multiplier)
    return counter


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 0), (1, 0), 111.19),
        ((52.52, 13.405), (48.137, 11.575), 504.4),
        ((0, 179.5), (0, -179.5), 111.19),
        ((90, 0), (-90, 0), 20015.1),
    ],
)
def test_distances_are_those_of_a_globe(a: tuple[float, float], b: tuple[float, float], km: float) -> None:
    assert distance_km(Place(EPOCH, *a), Place(EPOCH, *b)) == pytest.approx(km, abs=0.1)


@pytest.mark.parametrize(
    ("places", "km"),
    [
        ([], 0),
        ([(0, 5)], 0),
        ([(0, 0), (1, 1), (2, 2)], 2),
        ([(0, 0), (1, 1), (2, 0)], 2),
        ([(0, 0), (1, 1), (1, 1), (0, 0)], 1),  # repeated
        ([(0, 0), (2, 2), (1, 1)], 2),  # late
        ([(0, 0), (1, 1), (2, 900), (3, 2)], 2),  # one fix jumped
        ([(0, 0), (1, 1), (2, 900), (3, 901), (4, 902)], 3),  # it was right: the way there is unknown
        ([(0, 0), (0.01, 0.4)], 0.4),  # a little jump within the accuracy
        ([(0, 0), (600, 900)], 900),  # a long silence
    ],
)
def test_an_odometer_counts_each_way_once(places: list[tuple[float, float]], km: float) -> None:
    assert drive(places).value == pytest.approx(km, abs=0.001)
    assert drive(places, multiplier=1.1).value == pytest.approx(km * 1.1, abs=0.001)


def test_who_stands_collects_no_kilometres() -> None:
    counter = drive([(0, 0), (1, 1)])
    for minute in range(2, 10):
        counter = count_distance(counter, place(minute, 1 + minute % 2 / 10), is_driving=False, multiplier=1)
    assert (counter.value, counter.updated) == (pytest.approx(1, abs=0.001), at(1))
    assert count_distance(counter, place(11, 2), is_driving=True, multiplier=1).value == pytest.approx(1.9, abs=0.001)


@given(kms=st.lists(st.floats(0, 100), min_size=1, max_size=8), dice=st.randoms(use_true_random=False))
def test_repeated_and_late_fixes_never_add_a_way(kms: list[float], dice: random.Random) -> None:
    sent = [(minute * 60.0, km) for minute, km in enumerate(kms)]
    received = sorted(sent + dice.choices(sent, k=3))
    assert drive(received).value == pytest.approx(drive(sent).value)
    dice.shuffle(received)
    assert drive(received).value <= drive(sent).value + 0.001


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ([(0, 1000)], 0),
        ([(0, 1000), (1, 1005), (2, 1007)], 7),
        ([(0, 1000), (2, 1007), (1, 1005)], 7),
        ([(0, 1000), (1, 1005), (1, 1005)], 5),
        ([(0, 1000), (1, 3), (2, 5)], 2),  # the device began anew
    ],
)
def test_a_device_that_counts_itself_is_followed(told: list[tuple[float, float]], value: float) -> None:
    counter = NOT_COUNTED
    for minute, device_value in told:
        counter = count_device_value(counter, device_value, at(minute), multiplier=1)
    assert counter.value == value


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ([(0, True), (6, True), (12, True)], 12),
        ([(0, True), (6, False), (12, True), (18, True)], 12),
        ([(0, None), (6, True), (12, None)], 6),
        ([(0, True), (12, True), (6, False), (12, True)], 12),
        ([(0, True), (31, True), (36, True)], 5),  # nobody knows what was in the silence
    ],
)
def test_engine_hours_count_time_with_ignition(told: list[tuple[float, bool | None]], minutes: float) -> None:
    counter = NOT_COUNTED
    for minute, ignition in told:
        counter = count_running(counter, at(minute), ignition=ignition, multiplier=1)
    assert counter.value * 60 == pytest.approx(minutes)
