"""Each state is rendered once per process for all viewers that read it alike."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from events.clients import renderer as renderer_module
from events.clients.renderer import StateRenderer
from events.protocol.style import ItemShape, Style, style_of
from tests.events.builders import NOON, make_state
from trackers.rendering.states import StateFormat

UTC_FULL = style_of(StateFormat.FULL, "UTC", iso=False)


def test_viewers_who_read_alike_share_one_text() -> None:
    renderer = StateRenderer()
    first = renderer.state_event(make_state(1, 5), UTC_FULL, NOON)
    style = style_of(StateFormat.FULL, "UTC", iso=False)
    assert renderer.state_event(make_state(1, 5), style, NOON + timedelta(milliseconds=900)) is first


def test_user_time_goes_on_while_the_state_stays() -> None:
    renderer = StateRenderer()
    first, second = (
        json.loads(renderer.state_event(make_state(1, 5), UTC_FULL, NOON + timedelta(seconds=s))) for s in (0, 1)
    )
    assert (first["user_time"], second["user_time"]) == ("2024-05-02 12:00:00", "2024-05-02 12:00:01")
    assert first["data"] == second["data"]


def test_each_revision_gets_its_own_text() -> None:
    renderer = StateRenderer()
    newer = renderer.state_event(make_state(1, 6), UTC_FULL, NOON)
    older = renderer.state_event(make_state(1, 5), UTC_FULL, NOON)
    assert json.loads(newer)["data"]["last_update"] == "2024-05-02 12:00:06"
    assert json.loads(older)["data"]["last_update"] == "2024-05-02 12:00:05"


@pytest.mark.api(44, 48)
@pytest.mark.parametrize(
    ("style", "user_time", "is_compact"),
    [
        (UTC_FULL, "2024-05-02 12:00:00", False),
        (style_of(StateFormat.COMPACT, "UTC", iso=False), "2024-05-02 12:00:00", True),
        (style_of(StateFormat.FULL, "Europe/Budapest", iso=False), "2024-05-02 14:00:00", False),
        (style_of(StateFormat.FULL, "Europe/Budapest", iso=True), "2024-05-02T14:00:00+02:00", False),
        (style_of(StateFormat.FULL, "UTC", iso=True), "2024-05-02T12:00:00Z", False),
    ],
)
def test_each_style_has_its_own_text(style: Style, user_time: str, is_compact: bool) -> None:
    renderer = StateRenderer()
    renderer.state_event(make_state(1, 0), style_of(StateFormat.FULL, "Asia/Tokyo", iso=False), NOON)
    event = json.loads(renderer.state_event(make_state(1, 0), style, NOON))
    assert (event["type"], event["event"], event["user_time"]) == ("event", "state", user_time)
    assert event["data"]["last_update"] == user_time
    assert ("additional" not in event["data"]) is is_compact


def test_caches_start_anew_when_they_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer_module, "MAX_CACHED_STATES", 2)
    monkeypatch.setattr(renderer_module, "MAX_CACHED_CLOCKS", 2)
    renderer = StateRenderer()
    zones = ("UTC", "Europe/Budapest", "Asia/Tokyo", "America/Lima")
    styles = [style_of(StateFormat.FULL, zone, iso=False) for zone in zones]
    first = [renderer.state_event(make_state(1, 1), style, NOON) for style in styles]
    assert [renderer.state_event(make_state(1, 1), style, NOON) for style in styles] == first


def by_source(source_id: int) -> int:
    return source_id + 1000


def test_viewers_in_step_share_one_batch() -> None:
    renderer = StateRenderer()
    states = [make_state(1, 5), make_state(2, 5)]
    first = renderer.state_batch_event(states, by_source, UTC_FULL, ItemShape.EVENT, NOON)
    assert renderer.state_batch_event(list(states), by_source, UTC_FULL, ItemShape.EVENT, NOON) is first
    assert [item["tracker_id"] for item in json.loads(first)["data"]] == [1001, 1002]


@pytest.mark.parametrize(
    ("states", "style", "seconds"),
    [
        ([0], UTC_FULL, 0),
        ([1, 0], UTC_FULL, 0),
        ([0, 1], style_of(StateFormat.FULL, "UTC", True), 0),
        ([0, 1], UTC_FULL, 1),
    ],
    ids=["fewer", "order", "style", "time"],
)
def test_batches_that_differ_share_their_items_only(states: list[int], style: Style, seconds: int) -> None:
    renderer = StateRenderer()
    all_states = [make_state(1, 5), make_state(2, 5)]
    renderer.state_batch_event(all_states, by_source, UTC_FULL, ItemShape.EVENT, NOON)
    now = NOON + timedelta(seconds=seconds)
    chosen = [all_states[index] for index in states]
    expected = StateRenderer().state_batch_event(chosen, by_source, style, ItemShape.EVENT, now)
    assert renderer.state_batch_event(chosen, by_source, style, ItemShape.EVENT, now) == expected


def test_kept_batches_and_items_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer_module, "MAX_KEPT_BATCH", 10)
    monkeypatch.setattr(renderer_module, "MAX_CACHED_STATES", 3)
    renderer = StateRenderer()
    for revision in range(10):
        renderer.state_batch_event([make_state(1 + revision, 5)], by_source, UTC_FULL, ItemShape.EVENT, NOON)
        assert renderer._last_batch is None
        assert sum(map(len, renderer._items.values())) <= 4
