"""What does it cost a server to hand out a million points, to a reader that is quick and to one that is slow?

Usage: python benchmarks/export.py [--points N] [--formats csv,kml]

One server and an SQLite file of the run's own. The history of one tracker is filled with a drive, a point each five
seconds, and downloaded whole.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx  # noqa: E402

from benchmarks.support.crew import free_port  # noqa: E402
from benchmarks.support.processes import running  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

EVERY = timedelta(seconds=5)
BATCH = 10_000
FORMATS = ("csv", "kml", "kmz", "gpx", "geojson")


def fill(points: int) -> tuple[str, int, datetime]:
    """A tracker with a long drive that ends now, packed: a credential, its id, and when it began."""
    from django.db import transaction

    from accounts.models import User
    from accounts.services.sessions import create_session
    from trackers.engine.past import PastReport, Point
    from trackers.services.trackers import register_tracker
    from trackers.storage.history import add_history, pack_history

    user = User.objects.create_user("someone@fleet.example", "a long password")
    tracker = register_tracker(account=user, device_id="1", label="Van")
    begin = datetime.now(UTC).replace(microsecond=0) - points * EVERY

    def reports(first: int) -> Iterator[PastReport]:
        for number in range(first, min(first + BATCH, points)):
            moment = begin + number * EVERY
            point = Point(moment, 48 + number * 1e-5, 11 + number % 7 * 1e-3, 60.0, 90, 400, 11)
            yield PastReport(tracker.source_id, moment, number, point, is_fast=True)

    for first in range(0, points, BATCH):
        add_history(reports(first), since=None)
        with transaction.atomic():
            pack_history(tracker.source_id, begin + points * EVERY, most=BATCH)
    return create_session(user), tracker.pk, begin


def resident_bytes(pid: int) -> int:
    """The memory that a process occupies now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(url: str) -> None:
    """Until the server answers, half a minute at most."""
    for _ in range(300):
        with suppress(httpx.HTTPError):
            httpx.get(f"{url}/healthz").raise_for_status()
            return
        time.sleep(0.1)
    raise RuntimeError(f"nobody answers at {url}")


def measure(url: str, pid: int, fields: dict[str, object], *, is_slow: bool = False) -> list[str]:
    """Megabytes, seconds to the first byte and to the last, CPU seconds, and by how much the server grew."""
    before, spent = resident_bytes(pid), cpu_seconds(pid)
    began, first, size, most = time.monotonic(), 0.0, 0, 0
    with httpx.stream("POST", f"{url}/track/download", json=fields, timeout=600) as response:
        response.raise_for_status()
        for count, piece in enumerate(response.iter_bytes(1 << 16)):
            first = first or time.monotonic() - began
            size += len(piece)
            if count % 50 == 0:
                most = max(most, resident_bytes(pid))
                if is_slow:
                    time.sleep(0.05)
    seconds = time.monotonic() - began
    grown = (max(most, resident_bytes(pid)) - before) / 1e6
    cpu = cpu_seconds(pid) - spent
    return [f"{size / 1e6:.0f}", f"{first:.1f}", f"{seconds:.0f}", f"{cpu:.0f}", f"{grown:+.0f}"]


def run(points: int, formats: Sequence[str]) -> None:
    """Fills, serves, downloads."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
            "REDIS_URL": "",
            "SECRET_KEY": "of a benchmark",
            "ALLOWED_HOSTS": "127.0.0.1",
            "MAX_TRACK_DAYS": "366",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        credential, tracker_id, begin = fill(points)
        port = str(free_port())
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", port, "config.asgi:application"]
        pid = stack.enter_context(running(command, {})).pid
        wait_for(url)
        until = begin + (points + 1) * EVERY
        fields: dict[str, object] = {
            "hash": credential,
            "tracker_id": tracker_id,
            "from": begin.isoformat(),
            "to": until.isoformat(),
        }
        measure(url, pid, fields | {"format": "csv", "to": (begin + 5000 * EVERY).isoformat()})
        rows = [[kind, *measure(url, pid, fields | {"format": kind, "simplify": False})] for kind in formats]
        slow = measure(url, pid, fields | {"format": "csv", "simplify": False}, is_slow=True)
        rows.append(["csv, slow reader", *slow])
        print(machine())
        print_table(["file", "MB", "first byte, s", "all, s", "CPU, s", "server grew, MB"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--formats", default=",".join(FORMATS), help="with commas")
    arguments = parser.parse_args()
    run(arguments.points, arguments.formats.split(","))
