"""What does a kept report weigh and cost to take in, and what does it cost to list and read the past of one tracker?

Usage: python benchmarks/history.py [--rows N] [--days D] [--rounds R]

PostgreSQL, in a cluster of the run's own. Beside it the same reports in a table as Traccar has it: a row per position
with its attributes as text, and an index of device and time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.asking import answered, make_asker  # noqa: E402
from benchmarks.support.past import (  # noqa: E402
    BEGIN,
    PER_DAY,
    TRACCAR,
    TRACCAR_ATTRIBUTES,
    fill_traccar,
    past_reports,
)
from benchmarks.support.postgres import postgres, server_programs  # noqa: E402
from benchmarks.support.product import LOGIN, PASSWORD, product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

PER_BATCH = 1000
WEIGHED = 200_000
UNPACKED = timedelta(minutes=45)
"""Of the newest reports: those since the last round of housekeeping, on average."""


def size_of(*tables: str) -> int:
    """Bytes of tables with their indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [list(tables)]
        )
        return int(cursor.fetchone()[0])


def weigh(rows: int) -> Iterator[list[str]]:
    """Bytes of a report as a row, packed, archived, and in Traccar's table, for each kind of report."""
    from django.db import transaction

    from trackers.storage.history import add_history, pack_history

    days = 2
    sources = max(1, rows // (days * PER_DAY))
    for name, attributes in (("plain fix", False), ("with attributes", True)):
        vehicles = [list(past_reports(source_id, days, attributes=attributes)) for source_id in range(1, sources + 1)]
        # As ingestion adds them: all sources in turn.
        in_turn = [report for together in zip(*vehicles, strict=True) for report in together]
        for start in range(0, len(in_turn), PER_BATCH):
            add_history(in_turn[start : start + PER_BATCH], since=None)
        loose = size_of("trackers_historyreport") / len(in_turn)
        began = time.process_time()
        for source_id in range(1, sources + 1):
            with transaction.atomic():
                while pack_history(source_id, BEGIN + timedelta(days=days), most=10_000):
                    pass
        packing_us = (time.process_time() - began) * 1e6 / len(in_turn)
        packed = size_of("trackers_packedday") / len(in_turn)
        archived, archiving_us = archive()
        traccar = _weigh_traccar(days, sources, TRACCAR_ATTRIBUTES if attributes else "{}")
        costs = f"{packing_us:.1f}", f"{archived:.1f}", f"{archiving_us:.1f}"
        yield [name, f"{loose:.0f}", f"{packed:.1f}", *costs, f"{traccar:.0f}"]
        empty_tables()


def weigh_an_open_day(reports_stored: int) -> Iterator[list[str]]:
    """Bytes of a report on average over a day, in which it comes, is packed by rounds of housekeeping, and vacuumed."""
    from trackers.storage.history import add_history

    sources = max(1, reports_stored // PER_DAY)
    for name, attributes in (("plain fix", False), ("with attributes", True)):
        vehicles = [list(past_reports(source_id, 1, attributes=attributes)) for source_id in range(1, sources + 1)]
        in_turn = [report for together in zip(*vehicles, strict=True) for report in together]
        sizes, stored, packing = [], [], 0.0
        for hour in range(24):
            # A round in the middle of each hour: they begin at any time.
            for half in range(2):
                begin, end = (len(in_turn) * (2 * hour + one) // 48 for one in (half, half + 1))
                for start in range(begin, end, PER_BATCH):
                    add_history(in_turn[start : min(start + PER_BATCH, end)], since=None)
                sizes.append(size_of("trackers_historyreport", "trackers_packedday"))
                stored.append(end)
                packing += 0 if half else _housekeeping(sources, BEGIN + timedelta(hours=hour, minutes=30))
        mean = sum(size / reports for size, reports in zip(sizes, stored, strict=True)) / len(sizes)
        numbers = mean, sizes[-1] / stored[-1], packing * 1e6 / len(in_turn)
        yield [name, *(f"{number:.1f}" for number in numbers)]
        empty_tables()


def _housekeeping(sources: int, now: datetime) -> float:
    """Packs what a round would; seconds of CPU. Then does what autovacuum would soon have done."""
    from django.db import connection, transaction

    from trackers.services.history_sweep import PACKED_AFTER, PACKED_PER_LOT
    from trackers.storage.history import pack_history, sources_to_pack

    began, border = time.process_time(), now - PACKED_AFTER
    for source_id in sources_to_pack(range(1, sources + 1), border):
        with transaction.atomic():
            pack_history(source_id, border, most=PACKED_PER_LOT)
    spent = time.process_time() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM trackers_historyreport")
        cursor.execute("VACUUM trackers_packedday")
    return spent


def empty_tables() -> None:
    """Forgets all reports."""
    from django.db import connection

    tables = ", ".join(f"trackers_{name}" for name in ("historyreport", "packedday", "archivedday", "archivefile"))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}, tc_positions")


def archive() -> tuple[float, float]:
    """Archives all that is packed: bytes of a report, with what the database notes of it, and microseconds of CPU."""
    from trackers.services.archiving import archive_history

    began = time.process_time()
    # On a cluster of its own the clock may be ahead of the drive or behind it.
    done = [
        one for one in archive_history(BEGIN + timedelta(days=400), older_than=timedelta(days=1)) if one is not None
    ]
    spent, reports = time.process_time() - began, sum(one.noted for one in done)
    size = sum(one.size for one in done) + size_of("trackers_archivedday", "trackers_archivefile")
    return size / reports, spent * 1e6 / reports


def _weigh_traccar(days: int, sources: int, attributes: str) -> float:
    fill_traccar(days, sources, attributes)
    return size_of("tc_positions") / (days * PER_DAY * sources)


def take_in(rounds: int) -> Iterator[list[str]]:
    """CPU of a report in arrays of a thousand, with history and without it, in turn."""
    from trackers.reports.report import Fix, Report
    from trackers.services import ingestion
    from trackers.services.ingestion import ingest

    device_ids = make_fleet(PER_BATCH)
    keep = ingestion._keep
    spent: dict[str, list[float]] = {"with history": [], "without": []}
    moment = datetime.now(UTC) - timedelta(seconds=4 * (rounds + 1))
    for number in range(-4, 4 * rounds):
        moment += timedelta(seconds=1)
        name = ("with history", "without", "without", "with history")[number % 4]
        ingestion._keep = keep if name == "with history" else lambda *nothing: None
        fix = Fix(52.5 + number / 1e4, 13.4, 50.0, 90, 40, 11, 5)
        reports = [Report(device_id, moment, fix=fix) for device_id in device_ids]
        cpu = time.process_time()
        ingest(reports, received_at=moment)
        if number >= 0:  # the first ones fill caches
            spent[name].append((time.process_time() - cpu) * 1e6 / PER_BATCH)
    ingestion._keep = keep
    cost = {name: median(samples) for name, samples in spent.items()}
    for name, one in cost.items():
        yield [name, f"{one:.1f}", f"{one / cost['without']:.2f}"]


def make_fleet(vehicles: int) -> list[str]:
    """Registers vehicles of one account; their device ids. The first has the source of id 1."""
    from accounts.models import User
    from trackers.services.bulk_registration import NewTracker, register_trackers

    account = User.objects.create_user(LOGIN, PASSWORD)
    newcomers = [NewTracker(f"bench-{number:06}", f"Van {number}") for number in range(1, vehicles + 1)]
    register_trackers(account, newcomers)
    return [one.device_id for one in newcomers]


def fill(rows: int, days: int) -> int:
    """So many reports of as many sources as that takes, packed but for the newest; how many sources."""
    from django.db import connection

    from trackers.models import Source
    from trackers.services.past_trips import keep_trips
    from trackers.storage.history import add_history, pack_history

    sources = max(1, rows // (days * PER_DAY))
    reports = list(past_reports(1, days))
    for start in range(0, len(reports), PER_BATCH):
        add_history(reports[start : start + PER_BATCH], since=None)
    while keep_trips(Source.objects.get(pk=1), BEGIN + timedelta(days=days)):
        pass
    while pack_history(1, BEGIN + timedelta(days=days) - UNPACKED, most=10_000):
        pass
    with connection.cursor() as cursor:
        for table in ("packedday", "pasttrip", "historyreport"):
            _multiply(cursor, f"trackers_{table}", sources)
        cursor.execute("ANALYZE")
    return sources


def _multiply(cursor: Any, table: str, sources: int) -> None:
    """Gives what the first source has to all of them."""
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table])
    columns = [f'"{name}"' for (name,) in cursor.fetchall()]
    given = ", ".join("number" if name == '"source_id"' else f"one.{name}" for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {given} FROM {table} one, generate_series(2, %s) number"
        " WHERE one.source_id = 1",
        [sources],
    )


def ask(days: int) -> Iterator[list[str]]:
    """A line for each call about the first vehicle, and for what Traccar's table is asked for the same."""
    one = make_asker()
    month, day = BEGIN + timedelta(days=days, seconds=-1), BEGIN + timedelta(days=1, seconds=-1)
    open_day = BEGIN + timedelta(days=days - 1)
    every = {"simplify": False, "filter": False}
    packed = (
        (f"`track/list` of {days} days", one.call("/track/list", BEGIN, month)),
        ("`track/read` of a day that is packed, every point", one.call("/track/read", BEGIN, day, **every)),
        ("`track/read` of an open day, every point", one.call("/track/read", open_day, month, **every)),
        ("`track/read` of a day, simplified", one.call("/track/read", BEGIN, day)),
        ("Traccar: the positions of a day", lambda: one.positions(BEGIN, day)),
        (f"Traccar: the positions of {days} days, in which trips are found", lambda: one.positions(BEGIN, month)),
        ("the reports of a day, packed", lambda: one.reports(day)),
        (f"the reports of {days} days, packed", lambda: one.reports(month)),
    )
    archived = (
        ("`track/read` of a day that is archived, every point", one.call("/track/read", BEGIN, day, **every)),
        ("the reports of a day, archived", lambda: one.reports(day)),
        (f"the reports of {days} days, archived", lambda: one.reports(month)),
    )
    yield from map(answered, packed)
    archive()
    yield from map(answered, archived)


def measure(asked: argparse.Namespace) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(TRACCAR)
    print(f"{machine()}\n")
    print_table(
        ["bytes of a report with indexes", "as a row", "packed", "µs", "archived", "µs", "Traccar's table"],
        weigh(WEIGHED),
    )
    print()
    print_table(
        ["bytes of a report while its day is open", "on average", "at its end", "packing, µs"],
        weigh_an_open_day(WEIGHED),
    )
    print()
    print_table(["taking in, arrays of 1,000", "µs of CPU a report", "times"], take_in(asked.rounds))
    empty_tables()
    sources = fill(asked.rows, asked.days)
    fill_traccar(asked.days, sources, TRACCAR_ATTRIBUTES)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tc_positions")
    ours = size_of("trackers_historyreport", "trackers_packedday", "trackers_pasttrip")
    print(f"\n{sources} sources, {sources * asked.days * PER_DAY:,} reports: {ours / 1e6:,.0f} MB", end=", ")
    print(f"in Traccar's table {size_of('tc_positions') / 1e6:,.0f} MB\n")
    print_table(["asked of one tracker", "in the list", "ms", "of that CPU here"], ask(asked.days))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args()
    programs = server_programs()
    if programs is None:
        sys.exit("no PostgreSQL on this machine")
    with TemporaryDirectory() as name, ExitStack() as stack:
        url = stack.enter_context(postgres(programs, Path(name) / "postgres"))
        folder = Path(name) / "archive"
        folder.mkdir()
        os.environ |= {**product_env(Path(name), "", url), "HISTORY_DAYS": "0", "HISTORY_ARCHIVE": str(folder)}
        import django

        django.setup()
        measure(asked)
        django.db.connections.close_all()


if __name__ == "__main__":
    main()
