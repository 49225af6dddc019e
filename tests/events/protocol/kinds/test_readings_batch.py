"""What a `readings_batch` subscription sends: first everything, then what changed (api §4.6, §4.7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from events.protocol.kinds.readings_batch import ReadingsItem, ReadingsSubscription
from tests.events.builders import NOON, Stored, make_state, tell_alone
from trackers.engine.labelled_readings import ShownReadings, VirtualReading
from trackers.engine.notices import StatesChanged
from trackers.engine.state import Attribute, State
from trackers.services.selectors import SourceReadings

SECOND = timedelta(seconds=1)


def shown(revision: int, **values: str) -> ShownReadings:
    """Readings of source 1: by the name of a virtual sensor, s1 to s9, its value."""
    readings = (VirtualReading(int(name[1:]), name, "state", value, NOON) for name, value in values.items())
    return ShownReadings(1, revision, virtual_sensors=tuple(readings))


def state_with(revision: int, **attributes: str) -> State:
    named = {name: Attribute(value, NOON) for name, value in attributes.items()}
    return replace(make_state(1, revision), additional=named)


def stored(shown: ShownReadings, state: State) -> Stored:
    return Stored(readings={state.source_id: SourceReadings(shown, state)})


def values(items: list[ReadingsItem]) -> dict[str, str]:
    """What one batch holds of source 1."""
    [item] = items
    assert item.tracker_id == 1001
    told = {one.label: one.value for one in item.shown.virtual_sensors}
    return told | {name: str(attribute.value) for name, attribute in item.fields.items()}


@pytest.fixture
def readings() -> ReadingsSubscription:
    """A subscription that was told of everything at noon, when the batch was sent."""
    readings = ReadingsSubscription()
    readings.add(1, tracker_id=1001, is_blocked=False)
    readings.begin([make_state(1, 7)], stored(shown(5, s1="on", s2="off"), state_with(7, key="42")))
    assert values(readings.take(NOON)) == {"s1": "on", "s2": "off", "key": "42"}
    return readings


@pytest.mark.api(66)
def test_later_batches_hold_only_what_changed(readings: ReadingsSubscription) -> None:
    assert tell_alone(readings, StatesChanged((state_with(8, key="42", door="open"),), (shown(6, s2="on"),)))
    assert values(readings.take(NOON + SECOND)) == {"s2": "on", "door": "open"}


@pytest.mark.api(66)
def test_changes_within_rate_merge_to_newest(readings: ReadingsSubscription) -> None:
    tell_alone(readings, StatesChanged((state_with(8, key="43"),), (shown(6, s2="on"),)))
    assert readings.take(NOON + SECOND / 2) == []
    tell_alone(readings, StatesChanged((state_with(9, key="44"),), (shown(7, s1="off", s2="off"),)))
    assert values(readings.take(NOON + SECOND)) == {"s1": "off", "s2": "off", "key": "44"}


def test_what_is_known_already_is_no_news(readings: ReadingsSubscription) -> None:
    assert not tell_alone(readings, StatesChanged((state_with(7, key="42"),), (shown(5, s2="off"),)))
    assert not tell_alone(readings, StatesChanged((state_with(8, key="42"),), ()))
    assert readings.due_at(NOON + SECOND) is None


def test_comparing_everything_brings_missed_changes(readings: ReadingsSubscription) -> None:
    tell_alone(readings, StatesChanged((), (shown(7, s1="off"),)))
    assert values(readings.take(NOON + SECOND)) == {"s1": "off"}
    everything = shown(7, s1="off", s2="broken"), state_with(7, key="42")
    readings.compare(1, stored(*everything))
    assert values(readings.take(NOON + 2 * SECOND)) == {"s1": "off", "s2": "broken", "key": "42"}
    readings.compare(1, stored(*everything))
    assert readings.due_at(NOON + 3 * SECOND) is None


def test_other_instruments_are_told_whole(readings: ReadingsSubscription) -> None:
    assert readings.show(shown(6, s9="new"))
    assert values(readings.take(NOON + SECOND)) == {"s9": "new", "key": "42"}
    assert not readings.show(shown(6, s9="new"))


def test_block_silences_and_after_it_everything_comes_again(readings: ReadingsSubscription) -> None:
    tell_alone(readings, StatesChanged((), (shown(6, s1="off"),)))
    assert readings.block(1)
    assert not tell_alone(readings, StatesChanged((state_with(8, key="1"),), (shown(7, s1="on"),)))
    assert readings.take(NOON + SECOND) == []
    assert readings.unblock(1)
    readings.compare(1, stored(shown(7, s1="on"), state_with(8, key="1")))
    assert values(readings.take(NOON + SECOND)) == {"s1": "on", "key": "1"}


def test_unfollowed_source_is_ignored(readings: ReadingsSubscription) -> None:
    assert not tell_alone(readings, StatesChanged((make_state(2, 1),), (ShownReadings(2, 1),)))
    readings.compare(1, stored(ShownReadings(2, 1), make_state(2, 1)))
    assert readings.due_at(NOON + SECOND) is None
    readings.remove_trackers([1001])
    assert not tell_alone(readings, StatesChanged((state_with(8, key="1"),), (shown(6, s1="off"),)))
