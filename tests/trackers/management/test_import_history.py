"""`manage.py import_history`: drives as GPX, and positions of a Traccar server, taken in once however often."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.strategies import EPOCH
from trackers.engine.past import PastReport
from trackers.models import HistoryReport, SourceState, Tracker, TripMark
from trackers.storage.history import read_history

ALWAYS = EPOCH - timedelta(days=1), EPOCH + timedelta(days=1)
POSITION = {
    "id": 8,
    "protocol": "osmand",
    "deviceId": 3,
    "deviceTime": "2024-05-02T08:00:00.000+00:00",
    "fixTime": "2024-05-02T08:00:00.000+00:00",
    "valid": True,
    "latitude": 52.5,
    "longitude": 13.4,
    "altitude": 40.2,
    "speed": 27.0,
    "course": 90.0,
    "accuracy": 5.0,
    "attributes": {"batteryLevel": 80, "ignition": True, "totalDistance": 12.5},
}


@pytest.fixture(autouse=True)
def kept_for_ever(settings) -> None:
    settings.HISTORY_DAYS = 0


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def take_in(*arguments: object) -> str:
    out = StringIO()
    call_command("import_history", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def history_of(tracker: Tracker) -> list[PastReport]:
    return read_history(tracker.source_id, *ALWAYS, most=100)


def as_row(position: dict[str, Any]) -> dict[str, Any]:
    """As PostgreSQL's COPY writes a row of tc_positions."""
    row = {name.lower(): value for name, value in position.items()}
    times = {name: row[name].replace("T", " ").removesuffix("+00:00") for name in ("devicetime", "fixtime")}
    return {**row, **times, "valid": "t", "address": "\\N", "attributes": json.dumps(row["attributes"])}


def write_csv(path: Path, rows: list[dict[str, Any]], delimiter: str = ",") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def positions(count: int) -> list[dict[str, Any]]:
    times = [(EPOCH + timedelta(minutes=minute)).isoformat(timespec="milliseconds") for minute in range(count)]
    return [{**POSITION, "deviceTime": time, "fixTime": time} for time in times]


def test_a_drive_is_taken_in_once(van: Tracker, tmp_path: Path) -> None:
    points = "".join(
        f'<trkpt lat="52.{minute:02}" lon="13"><time>2024-05-02T08:{minute:02}:00Z</time></trkpt>'
        for minute in range(9)
    )
    drive = tmp_path / "drive.gpx"
    drive.write_text(f'<gpx version="1.1"><trk><trkseg>{points}</trkseg></trk></gpx>')
    before = SourceState.objects.get().document
    for _ in range(2):
        assert take_in(drive, "--device-id", van.source.device_id) == "9 reports are in history"
    kept = history_of(van)
    assert [one.time for one in kept] == [EPOCH + timedelta(minutes=minute) for minute in range(9)]
    assert (kept[0].point.latitude, kept[0].is_fast, kept[0].is_buffered) == (52.0, True, False)
    assert SourceState.objects.get().document == before
    assert TripMark.objects.get().late_since is not None, "trips of then are found anew"


@pytest.mark.parametrize("form", ["list", "lines", "csv", "semicolons"])
def test_positions_of_a_traccar_server_are_taken_in(van: Tracker, tmp_path: Path, form: str) -> None:
    devices = write_csv(tmp_path / "devices.csv", [{"id": 3, "name": "Van", "uniqueid": van.source.device_id}])
    found, path = positions(5), tmp_path / f"positions.{'json' if form in ('list', 'lines') else 'csv'}"
    if form == "list":
        path.write_text(json.dumps(found))
    elif form == "lines":
        path.write_text("\n".join(map(json.dumps, found)))
    else:
        write_csv(path, list(map(as_row, found)), ";" if form == "semicolons" else ",")
    for _ in range(2):
        assert take_in(path, "--devices", devices) == "5 reports are in history"
    first, *rest = history_of(van)
    assert (len(rest), first.time, first.ignition) == (4, EPOCH, True)
    point = first.point
    assert point is not None
    assert (point.latitude, point.longitude, point.altitude_m, point.heading_degrees) == (52.5, 13.4, 40, 90)
    assert (point.speed_kmh, point.precision_m) == (50.0, 5)
    assert json.loads(first.said) == {"battery_level": 80, "ignition": True, "totalDistance": 12.5}


def test_what_cannot_be_taken_in_is_counted(van: Tracker, tmp_path: Path) -> None:
    devices = tmp_path / "devices.json"
    devices.write_text(json.dumps([{"id": 3, "uniqueId": van.source.device_id}, {"id": 4, "uniqueId": "nobody-1"}]))
    wrong = [
        {**POSITION, "deviceId": 4},
        {**POSITION, "deviceId": 5},
        {**POSITION, "deviceTime": "yesterday"},
        {**POSITION, "deviceTime": "2124-05-02T08:00:00Z"},
        {**POSITION, "deviceId": None},
        {**POSITION, "attributes": "{"},
        POSITION,
        POSITION,
    ]
    path = tmp_path / "positions.json"
    path.write_text("\n".join(map(json.dumps, wrong)))
    told = take_in(path, "--devices", devices)
    assert told.startswith("1 reports are in history; left out: ")
    for part in ("1 of devices that are not registered", "1 of devices that --devices does not name", "nobody-1"):
        assert part in told
    for part in ("1 with a wrong deviceTime", "1 later than now", "1 with a wrong deviceId", "1 said before"):
        assert part in told
    assert HistoryReport.objects.count() == 1


def test_what_is_too_old_is_left_out(van: Tracker, tmp_path: Path, settings) -> None:
    settings.HISTORY_DAYS = 7
    path = tmp_path / "positions.json"
    path.write_text(json.dumps(positions(2)))
    assert take_in(path, "--device-id", van.source.device_id).endswith("left out: 2 older than they are kept")


@pytest.mark.parametrize(
    ("name", "content", "arguments"),
    [
        ("drive.gpx", "<gpx/>", ["--device-id", "van-1"]),
        ("drive.gpx", "<gpx/>", []),
        ("positions.json", "{", ["--device-id", "van-1"]),
        ("positions.json", "[1]", ["--device-id", "van-1"]),
        ("positions.json", "[" * 100_000, ["--device-id", "van-1"]),
        ("positions.json", "[]", []),
        ("positions.csv", "a\n" + "x" * 200_000, ["--device-id", "van-1"]),
        ("positions.txt", "", ["--device-id", "van-1"]),
    ],
)
def test_a_file_that_is_none_is_refused(
    van: Tracker, tmp_path: Path, name: str, content: str, arguments: list[str]
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CommandError):
        take_in(tmp_path / name, *arguments)
    with pytest.raises(CommandError):
        take_in(tmp_path / "missing" / name, "--device-id", "van-1")
    assert HistoryReport.objects.count() == 0
