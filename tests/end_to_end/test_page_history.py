"""The past of a vehicle on the monitoring page, as a dispatcher looks at it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import log_in_and_be_live
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
pytestmark = [pytest.mark.browser, needs_chromium]

YESTERDAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
MODULES = "/static/events/history"


def at(minute: float) -> datetime:
    return YESTERDAY + timedelta(minutes=minute)


def drive_yesterday(van: Tracker) -> None:
    """From 8:00 to 8:31 with a stop of two minutes, parked till 9:00, and from 9:00 to 9:11."""
    reports, angle = [], 0.0
    for step in range(0, 72 * 2):
        minute = step / 2
        is_standing = 14 <= minute < 16 or 31 <= minute < 60 or minute >= 71
        speed = 0 if is_standing else 30 + 30 * math.sin(minute) ** 2
        angle += speed / 60 / 2 * 0.02
        place = Fix(47.5 + 0.05 * math.sin(angle * 3), 19.04 + 0.2 * math.sin(angle), speed, round(angle * 57) % 360)
        reports.append(Report(van.source.device_id, at(480 + minute), fix=place))
    for one in reports:
        ingest([one], received_at=one.time)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    van = register(alice)
    drive_yesterday(van)
    return van


def evaluate(page: Page, module: str, code: str, *values: Any) -> Any:
    """What a function says that is given a module of the page."""
    called = f"({code})(await import('{MODULES}/{module}'), ...values)"
    return page.evaluate(f"async (values) => {called}", list(values))


def check_modules(page: Page) -> None:
    """The pure ones, called by themselves."""
    minutes = [(0, 50, False), (1, 50, False), (2, 0, False), (4, 50, False), (5, 0, True), (60, 0, True)]
    points = [
        {"time": minute * 60_000, "lat": minute, "lng": 0, "speed": speed, "heading": 0, "isParked": is_parked}
        for minute, speed, is_parked in minutes
    ]
    period = {"start": -60_000, "end": 61 * 60_000}
    stretches = evaluate(page, "day.js", "(m, points, period) => m.stretchesOf(points, period)", points, period)
    told = [(one["doing"], one["start"] // 60_000, one["end"] // 60_000) for one in stretches]
    assert told == [("moving", -1, 2), ("stopped", 2, 4), ("moving", 4, 5), ("silent", 5, 60), ("parked", 60, 61)]
    stops = evaluate(page, "day.js", "(m, points) => m.stopsOf(points)", points)
    assert [(one["start"], one["end"]) for one in stops] == [(120_000, 240_000)]
    code = """(m, points) => {
      const replay = new m.Replay(points);
      replay.pace = 10;
      replay.play(1000);
      replay.tick(4000);
      const half = [replay.place.lat, replay.isPlaying];
      replay.tick(1e9);
      return [...half, replay.place.lat, replay.isPlaying, m.placeAt(points, 30 * 60000).lat];
    }"""
    assert evaluate(page, "replay.js", code, points) == [0.5, True, 60, False, 5]


def test_yesterdays_trip_is_found_replayed_and_kept(server: Daphne, alice: User, van: Tracker) -> None:
    with open_browser() as browser:
        page = browser.new_page(timezone_id="UTC", locale="en-GB")
        faults: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(server.url)
        check_modules(page)
        log_in_and_be_live(page, alice)
        page.locator("#list").get_by_text(van.label, exact=True).click()
        card = page.locator("#history")
        card.locator("summary").press("Enter")
        expect(card.get_by_role("status")).to_have_text("No trips")
        card.get_by_role("button", name="Day before").press("Enter")
        assert card.get_by_label("Day", exact=True).input_value() == YESTERDAY.date().isoformat()
        trips = card.get_by_role("list", name="Trips").get_by_role("button")
        expect(trips).to_have_count(2)
        expect(card.get_by_role("status")).to_contain_text("km in 2 trips")
        expect(card.get_by_role("list", name="What it did that day")).to_contain_text("Stopped 2 min")
        assert "08:00 – 08:31" in trips.first.inner_text()
        trips.first.press("Enter")
        expect(trips.first).to_have_attribute("aria-pressed", "true")
        expect(card.get_by_role("list", name="Stops")).to_have_text("Stopped at 08:14 for 2 min")
        replay_with_keys(page)
        with page.expect_download() as kept:
            card.get_by_role("button", name="GeoJSON").press("Enter")
        features = json.loads(kept.value.path().read_text())["features"]
        assert [one["properties"]["type"] for one in features] == ["regular"]
        assert faults == []


def replay_with_keys(page: Page) -> None:
    player = page.get_by_role("group", name="Replay")
    bar = player.get_by_role("slider")
    begin = float(bar.input_value())
    player.get_by_label("How fast").select_option("300")
    player.get_by_role("button", name="Play").press("Enter")
    player.get_by_role("button", name="Play").wait_for()
    assert float(bar.input_value()) == pytest.approx(begin + 31 * 60, abs=1)
    bar.press("Home")
    assert "08:00:00" in (bar.get_attribute("aria-valuetext") or "")
