"""A recorded drive, sent by `manage.py replay` and looked at on the page."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from accounts.models import User
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne, command_environment, wait_until
from tests.end_to_end.test_page import becomes, log_in_and_be_live, open_page
from tests.strategies import EPOCH
from trackers.engine.counters import CounterType
from trackers.models import Counter, SourceState, Tracker
from trackers.services.settings import save_counter
from trackers.services.trackers import set_ingest_key

ROOT = Path(__file__).resolve().parents[2]
Register = Callable[..., Tracker]
# North for 100 s at 40 km/h, then it stands for ten minutes, then east for 100 s.
NORTH = [(10 * step, 52.0 + step / 1000, 13.0) for step in range(11)]
STOP = [(100 + 10 * step, 52.01, 13.0) for step in range(1, 61)]
EAST = [(700 + 10 * step, 52.01, 13.0 + step / 616) for step in range(1, 11)]
LEG_KM = 1.112


def write_drive(path: Path, *legs: list[tuple[int, float, float]]) -> Path:
    def mark(second: int, lat: float, lon: float) -> str:
        moment = f"{EPOCH + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"
        return f'<trkpt lat="{lat}" lon="{lon}"><time>{moment}</time></trkpt>'

    marks = "".join(mark(*place) for leg in legs for place in leg)
    path.write_text(f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{marks}</trkseg></trk></gpx>')
    return path


def replay(server: Daphne, drive: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "replay", str(drive), "--url", server.url, "--speed-up", "1000", *options]
    return subprocess.run(
        command, cwd=ROOT, env=command_environment({}), capture_output=True, text=True, timeout=60, check=False
    )


def counted(van: Tracker) -> float:
    readings = SourceState.objects.get(pk=van.source_id).record.readings
    return 0.0 if readings is None else readings.counters[CounterType.ODOMETER].value


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    van = register(alice)
    save_counter(Counter(source=van.source, counter_type=CounterType.ODOMETER))
    return van


@pytest.mark.parametrize(
    ("legs", "movement", "speed_kmh", "heading", "distance_km"),
    [
        ([NORTH], "moving", 40, 0, LEG_KM),
        ([NORTH, STOP[:20]], "stopped", 0, 0, LEG_KM),
        ([NORTH, STOP], "parked", 0, 0, LEG_KM),
        ([NORTH, STOP, EAST], "moving", 40, 90, 2 * LEG_KM),
    ],
    ids=["drives", "stops", "parks", "drives on"],
)
def test_drive_ends_with_the_right_state(
    server: Daphne,
    van: Tracker,
    tmp_path: Path,
    legs: list[list[tuple[int, float, float]]],
    movement: str,
    speed_kmh: int,
    heading: int,
    distance_km: float,
) -> None:
    sent = replay(server, write_drive(tmp_path / "drive.gpx", *legs), "--device-id", van.source.device_id)
    assert (sent.returncode, sent.stdout) == (0, f"{sum(map(len, legs))} reports sent\n")
    state = SourceState.objects.get(pk=van.source_id).state
    assert state.gps is not None
    assert (state.movement_status, state.gps.speed_kmh, state.gps.heading_degrees) == (movement, speed_kmh, heading)
    assert counted(van) == pytest.approx(distance_km, rel=0.01)
    assert state.last_update is not None
    assert abs(datetime.now(state.last_update.tzinfo) - state.last_update) < timedelta(seconds=30)


def test_odd_points_are_left_out_and_said_and_the_drive_ends_where_it_did(
    server: Daphne, van: Tracker, tmp_path: Path
) -> None:
    drive = write_drive(tmp_path / "drive.gpx", NORTH)
    odd = '<trkpt lat="100" lon="0"><time>2024-05-02T08:00:05Z</time></trkpt><trkpt lat="52" lon="13"/>'
    marks = (
        drive.read_text().replace('lon="13.0">', 'lon="13.0"><ele>35,5</ele>').replace("</trkseg>", f"{odd}</trkseg>")
    )
    drive.write_bytes(("\n<?xml version='1.0'?>" + marks).encode())
    sent = replay(server, drive, "--device-id", van.source.device_id)
    left_out = "1 points without a place on earth, 1 points without a readable time"
    assert (sent.returncode, sent.stdout) == (0, f"11 reports sent; left out: {left_out}\n")
    assert sent.stderr.splitlines()[-1] == "100 %, 11 of 11 reports"
    gps = SourceState.objects.get(pk=van.source_id).state.gps
    assert gps is not None and (gps.latitude, gps.speed_kmh, gps.altitude_m) == (52.01, 40, 36)


def test_a_recording_without_times_is_driven_at_a_pace_and_says_so(
    server: Daphne, van: Tracker, tmp_path: Path
) -> None:
    drive = write_drive(tmp_path / "drive.gpx", NORTH)
    drive.write_text(re.sub("<time>.*?</time>", "", drive.read_text()))
    refused = replay(server, drive, "--device-id", van.source.device_id)
    assert (refused.returncode, "no two track points with times" in refused.stderr) == (1, True)
    sent = replay(server, drive, "--device-id", van.source.device_id, "--pace", "60")
    said = "the recording has no times: they follow from 60 km/h"
    assert (sent.returncode, sent.stdout) == (0, f"{said}\n11 reports sent\n")
    gps = SourceState.objects.get(pk=van.source_id).state.gps
    assert gps is not None and gps.speed_kmh == 60


@pytest.mark.parametrize("options", [["--device-id", "nobody"], ["--device-id", "{van}", "--key", "0" * 32]])
def test_what_the_server_refuses_ends_the_replay(
    server: Daphne, van: Tracker, tmp_path: Path, options: list[str]
) -> None:
    drive = write_drive(tmp_path / "drive.gpx", NORTH)
    key = set_ingest_key([van.source_id])
    assert replay(server, drive, "--device-id", van.source.device_id, "--key", key).returncode == 0
    refused = replay(server, drive, *(option.format(van=van.source.device_id) for option in options))
    assert refused.returncode == 1
    assert re.search(r"refused a report: 40[03]", refused.stderr)


@pytest.mark.browser
@needs_chromium
def test_page_shows_the_odometer_of_the_selected_vehicle(
    server: Daphne, alice: User, van: Tracker, register: Register, tmp_path: Path
) -> None:
    other = register(alice)
    drive = write_drive(tmp_path / "drive.gpx", NORTH)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.locator("#list").get_by_text(van.label, exact=True).click()
        assert elsewhere(replay, server, drive, "--device-id", van.source.device_id).returncode == 0
        becomes(page, van, status="moving", speed=40)
        card = page.locator("#detail")
        card.locator("dd", has_text="1.11 km").wait_for()
        assert "Odometer" in card.inner_text()
        assert report(server, van.source.device_id, int(time.time()) + 20, lat=52.011, lon=13.0, speed=20) == 200
        wait_until(lambda: "1.22 km" in card.inner_text(), "the odometer goes on")
        page.locator("#list").get_by_text(other.label, exact=True).click()
        wait_until(lambda: "Odometer" not in card.inner_text(), "another vehicle has none")
