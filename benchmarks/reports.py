"""What does a report of a month of many vehicles cost housekeeping?

Usage: python benchmarks/reports.py [--vehicles N] [--days D] [--every SECONDS]

An SQLite file of the run's own, filled as ingestion and housekeeping leave it: days packed, trips kept. Each kind of
report is made whole in this process, and what it took of the processor is counted for a hundred vehicles.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.product import LOGIN, PASSWORD, product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
VEHICLES_ASKED = 100
DRIVE, CYCLE, IDLING = timedelta(hours=2), timedelta(hours=4), timedelta(minutes=20)
LOT = 1_000
TANKFUL = timedelta(days=3)
ZONES = 100
PLUGINS: Mapping[str, Mapping[str, Any]] = {
    "trips": {"plugin_id": 4},
    "stops": {"plugin_id": 6},
    "engine hours": {"plugin_id": 7},
    "visits of zones": {"plugin_id": 8},
    "fuel": {"plugin_id": 10},
    "speeding": {"plugin_id": 27, "max_speed": 90},
    "eco-driving": {"plugin_id": 46, "speed_limit": 90},
}


def past_reports(source_id: int, days: int, every: timedelta) -> Iterator[Any]:
    """A vehicle that drives two hours of each four, day and night, and idles for a while after each drive."""
    from trackers.engine.past import PastReport, Point

    dice = Random(source_id)
    longitude = 13.0
    for number in range(timedelta(days=days) // every):
        moment = BEGIN + number * every
        since = number * every % CYCLE
        speed = dice.gauss(70, 12) if since < DRIVE else 0.0
        longitude += speed / 3600 * every.total_seconds() / 68
        point = Point(moment, 52.5 + dice.gauss(0, 1e-5), longitude, round(speed, 1), 90, 40, 11, 5)
        said = b'{"lls_level_1":%.1f}' % (400 - number * every % TANKFUL / TANKFUL * 300)
        runs = since < DRIVE + IDLING
        yield PastReport(source_id, moment, dice.getrandbits(24), point, speed >= 3, ignition=runs, said=said)


def fill(vehicles: int, days: int, every: timedelta) -> list[int]:
    """Registers vehicles and stores their past; the ids of their trackers."""
    from accounts.models import User
    from alerts.geometry.drawings import Drawing, ZoneShape
    from alerts.geometry.places import Place
    from alerts.services.zones import create_zones
    from trackers.models import Sensor
    from trackers.services.past_trips import keep_trips
    from trackers.services.settings import save_sensor
    from trackers.services.trackers import register_tracker
    from trackers.storage.history import add_history, pack_history

    account, tracker_ids = User.objects.create_user(LOGIN, PASSWORD), []
    for number in range(vehicles):
        tracker = register_tracker(account=account, device_id=f"bench-{number}", label=f"Van {number}")
        reports = list(past_reports(tracker.source_id, days, every))
        for start in range(0, len(reports), LOT):
            add_history(reports[start : start + LOT], since=None)
        sensor = Sensor(kind="metering", sensor_type="fuel", name="Tank", input_name="lls_level_1")
        sensor.source = tracker.source
        save_sensor(sensor)
        while keep_trips(tracker.source, BEGIN + timedelta(days=days)):
            pass
        while pack_history(tracker.source_id, BEGIN + timedelta(days=days - 1), most=10_000):
            pass
        tracker_ids.append(tracker.pk)
    circles = [
        Drawing(ZoneShape.CIRCLE, f"Zone {number}", radius_m=500, center=Place(52.5, 13 + number / 2))
        for number in range(ZONES)
    ]
    create_zones(account.pk, circles, maker_id=account.pk)
    return tracker_ids


def make(tracker_ids: list[int], days: int, plugin: Mapping[str, Any]) -> tuple[int, float]:
    """How many rows a report has, and the seconds of CPU that it took."""
    from django.test import Client

    from records.services.reports.making import make_next

    client = Client()
    answer = client.post("/user/auth", {"login": LOGIN, "password": PASSWORD}, content_type="application/json")
    credential = answer.json()["hash"]
    period = {
        "from": BEGIN.strftime("%Y-%m-%d %H:%M:%S"),
        "to": (BEGIN + timedelta(days=days, seconds=-1)).strftime("%Y-%m-%d %H:%M:%S"),
    }
    asked = {"hash": credential, "trackers": tracker_ids, "plugin": plugin, **period}
    report = client.post("/report/tracker/generate", asked, content_type="application/json").json()["id"]
    began = time.process_time()
    while make_next(datetime.now(UTC)):
        pass
    spent = time.process_time() - began
    asked = {"hash": credential, "report_id": report}
    made = client.post("/report/tracker/retrieve", asked, content_type="application/json").json()
    return sum(_rows(sheet) for sheet in made["report"]["sheets"]), spent


def _rows(sheet: Mapping[str, Any]) -> int:
    tables = [section for section in sheet["sections"] if section["type"] == "table"]
    return sum(len(day["rows"]) for table in tables for day in table["data"])


def measure(vehicles: int, days: int, every: timedelta) -> None:
    """Fills, makes a report of each kind, prints the table."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    tracker_ids = fill(vehicles, days, every)
    print(f"{machine()}; {timedelta(days=days) // every:,} reports of each vehicle\n")
    rows = []
    for name, plugin in PLUGINS.items():
        count, seconds = make(tracker_ids, days, plugin)
        rows.append([name, f"{count:,}", f"{seconds:.2f}", f"{seconds * VEHICLES_ASKED / vehicles:.1f}"])
    print_table(["report", "rows", f"CPU s of {vehicles}", f"of {VEHICLES_ASKED} vehicles"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=4)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--every", type=int, default=60)
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        os.environ |= {**product_env(Path(name), ""), "HISTORY_DAYS": "0"}
        import django

        django.setup()
        measure(asked.vehicles, asked.days, timedelta(seconds=asked.every))
        django.db.connections.close_all()


if __name__ == "__main__":
    main()
