"""What does a kept report weigh, and what does it cost to read a day and a month of one tracker?

Usage: python benchmarks/history.py [--sources N] [--days D]

PostgreSQL, filled as ingestion fills it: batch by batch, all sources in turn, a report each ten seconds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.postgres import postgres, server_programs  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

PER_BATCH = 1000
EVERY = timedelta(seconds=10)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DRIVES_OF_A_DAY = 6


def fill(sources: int, reports: int, *, attributes: bytes, precision_m: int | None) -> None:
    """Reports of so many sources, so many of each."""
    from trackers.engine.past import PastReport, Point
    from trackers.storage.history import add_history

    batch: list[PastReport] = []
    for number in range(reports):
        moment = BEGIN + number * EVERY
        is_fast = number % (8640 // DRIVES_OF_A_DAY) < 720
        for source_id in range(1, sources + 1):
            place = 13 + number * 2e-5 * is_fast
            point = Point(moment, 52.5, place, 50.0 if is_fast else 0.0, 90, 40, 11, precision_m)
            batch.append(PastReport(source_id, moment, source_id, point, is_fast, said=attributes))
            if len(batch) == PER_BATCH:
                add_history(batch, since=None)
                batch.clear()
    add_history(batch, since=None)


def weigh() -> tuple[float, float, float]:
    """Bytes per row of the table, of its index as it grew, and of the index built anew."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE trackers_historyreport")
        cursor.execute(
            "SELECT pg_table_size('trackers_historyreport'), pg_indexes_size('trackers_historyreport'),"
            " (SELECT count(*) FROM trackers_historyreport)"
        )
        table, index, rows = cursor.fetchone()
        cursor.execute("REINDEX TABLE trackers_historyreport")
        cursor.execute("SELECT pg_indexes_size('trackers_historyreport')")
        (rebuilt,) = cursor.fetchone()
        cursor.execute("TRUNCATE trackers_historyreport")
    return table / rows, index / rows, rebuilt / rows


def weigh_kinds(sources: int) -> Iterator[list[str]]:
    """A line for each kind of report."""
    some = b'{"battery_level":80,"ignition":true}'
    for name, attributes, precision_m in (("plain fix", b"", 5), ("no precision", b"", None), ("attributes", some, 5)):
        fill(sources, 200_000 // sources, attributes=attributes, precision_m=precision_m)
        table, index, rebuilt = weigh()
        yield [name, f"{table:.1f}", f"{index:.1f}", f"{table + index:.1f}", f"{table + rebuilt:.1f}"]


def took_ms(call: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds, and those of CPU in this process, of the quickest of three calls."""
    samples = []
    for _ in range(3):
        began, cpu = time.perf_counter(), time.process_time()
        call()
        samples.append(((time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3))
    return min(samples)


def read_periods(days: int) -> Iterator[list[str]]:
    """A line for each period of one source."""
    from trackers.models import Source
    from trackers.services.history import past_of
    from trackers.services.past_trips import Period

    now = BEGIN + timedelta(days=days + 1)
    for length in (1, days):
        period = Period(BEGIN, BEGIN + timedelta(days=length))
        past = past_of(Source(pk=1), period, now)
        elapsed, cpu = took_ms(lambda period=period: past_of(Source(pk=1), period, now))  # type: ignore[misc]
        yield [f"{length} days", str(len(past.points)), str(len(past.trips)), f"{elapsed:.0f}", f"{cpu:.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--days", type=int, default=31)
    asked = parser.parse_args()
    programs = server_programs()
    if programs is None:
        sys.exit("no PostgreSQL on this machine")
    with TemporaryDirectory() as name, ExitStack() as stack:
        url = stack.enter_context(postgres(programs, Path(name) / "postgres"))
        os.environ |= {"DATABASE_URL": url, "DATA_DIR": name, "SECRET_KEY": "no secret", "HISTORY_DAYS": "0"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(f"{machine()}\n")
        print_table(
            ["report", "bytes in the table", "in its index", "together", "after REINDEX"], weigh_kinds(asked.sources)
        )
        fill(1, 8640 * asked.days, attributes=b"", precision_m=5)
        print()
        print_table(["period", "points", "trips", "ms", "of that CPU"], read_periods(asked.days))
        django.db.connections.close_all()


if __name__ == "__main__":
    main()
