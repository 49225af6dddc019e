"""What do alert rules cost a report?

Usage: python benchmarks/alerts.py [--sources N] [--rounds N] [--batch N]

Batches of a report of each source, in a process of its own, on SQLite: microseconds of CPU for each report, of the
tenth of rounds that was cheapest. Vehicles drive all the time; once in 200 rounds each crosses the border of a zone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.samples import machine, print_table  # noqa: E402

WARM_UP = 10
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = timedelta(seconds=10)
CROSSES_EVERY = 200
RULES_PER_SOURCE = 10


def make_fleet(sources: int) -> list[Any]:
    """The trackers of a new account."""
    from accounts.models import User
    from trackers.services.trackers import register_tracker

    account = User.objects.create_user(f"fleet-{User.objects.count()}@fleet.example", "no secret")
    return [
        register_tracker(account=account, device_id=f"{account.pk}-{number}", label=f"Van {number}")
        for number in range(sources)
    ]


def add_rules(trackers: list[Any], kinds: list[str]) -> None:
    """Rules of these types for the whole fleet."""
    from accounts.selectors import principal_for_hash
    from accounts.services.sessions import create_session
    from alerts.geometry.drawings import Drawing, ZoneShape
    from alerts.geometry.places import Place
    from alerts.services.rules import RuleDraft, create_rule
    from alerts.services.zones import create_zones

    account = trackers[0].account
    depot = Drawing(ZoneShape.CIRCLE, "Depot", radius_m=500, center=Place(52.5, 13.4))
    (zone_id,) = create_zones(account.pk, [depot], maker_id=account.pk)
    caller = principal_for_hash(create_session(account))
    for number, kind in enumerate(kinds):
        draft = RuleDraft(
            kind,
            f"{kind} {number}",
            primary_text="first",
            secondary_text="second",
            param={"speedup": 90, "input_change": 1, "idling_soft": 5}.get(kind),
            extended_params={"max_parking_duration": 30} if kind == "excessive_parking" else {},
            zone_ids=(zone_id,) if kind == "inoutzone" else (),
            tracker_ids=tuple(tracker.pk for tracker in trackers),
        )
        create_rule(caller, draft)


def drive(trackers: list[Any], number: int, batch: int) -> float:
    """Microseconds of CPU for each report of the round with this number, so many in a transaction."""
    from trackers.reports.report import Fix, Report
    from trackers.services.ingestion import ingest

    moment = BEGIN + number * EVERY
    is_inside = number // CROSSES_EVERY % 2
    place = (52.5 if is_inside else 52.6) + number * 1e-5
    reports = [Report(one.source.device_id, moment, fix=Fix(place, 13.4, speed_kmh=50.0)) for one in trackers]
    began = time.process_time()
    for first in range(0, len(reports), batch):
        ingest(reports[first : first + batch], received_at=moment)
    return (time.process_time() - began) / len(trackers) * 1e6


TEN = ["inoutzone", "speedup", "offline", "track_change", "input_change", "sos", "excessive_parking", "idling_soft"]
TEN += ["battery_off", "inoutzone"]
FLEETS = {"none": [], "one zone": TEN[:1], "ten": TEN}


def measure(sources: int, rounds: int, batch: int) -> Iterator[list[str]]:
    """A line for each number of rules."""
    fleets = {name: make_fleet(sources) for name in FLEETS}
    for name, kinds in FLEETS.items():
        add_rules(fleets[name], kinds)
    costs: dict[str, list[float]] = {name: [] for name in FLEETS}
    for number in range(WARM_UP + rounds):
        # In turns, so that what else the machine does is in all of them.
        for name, trackers in fleets.items():
            costs[name].append(drive(trackers, number, batch))
    typical = {name: statistics.quantiles(of_one[WARM_UP:], n=10)[0] for name, of_one in costs.items()}
    for name, cost in typical.items():
        yield [name, f"{cost:.0f}", f"{cost / typical['none']:.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--batch", type=int, help="reports in a transaction; by default one of each source")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        os.environ |= {"DATA_DIR": name, "SECRET_KEY": "no secret", "HISTORY_DAYS": "0", "ALERT_DAYS": "0"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(f"{machine()}\n")
        print_table(
            ["rules of each source", "CPU µs a report", "times"],
            measure(asked.sources, asked.rounds, asked.batch or asked.sources),
        )
        django.db.connections.close_all()


if __name__ == "__main__":
    main()
