"""What does it cost to take a report in: many in one request, and one per request?

Usage: python benchmarks/ingestion.py [--seconds S] [--sources N] [--only sqlite|postgresql] [--processes N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.crew import serving as crew_serving  # noqa: E402
from benchmarks.support.postgres import postgres, server_programs  # noqa: E402
from benchmarks.support.processes import (  # noqa: E402
    Worker,
    broker,
    cpu_s,
    daphne,
    listening,
    resident_mb,
    running,
    working,
)
from benchmarks.support.product import LOGIN, PASSWORD, command_of, log_in, product_env, subscribe_command  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

PER_ARRAY = 1000
ARRAY_CONNECTIONS = 4
QUARTERS = 4
CONNECTIONS = 64
VIEWER_RATE = "1s"
WATCHED = 1000
WATCHED_PER_S = 1000
WARM_UP_S = 1.0
AT_DOOR = " at the devices' door"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    database: str
    question: str
    per_s: float
    cpu_us: float
    """Of the server process, per report."""
    further: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A running server with its database, and the devices that send to it."""

    database: str
    server: subprocess.Popen[str]
    devices: Worker
    host: str
    processes: int = 1

    def arrays(self, sources: int) -> dict[str, Any]:
        """What the devices are asked: as many connections as keep all processes busy while an answer is on its way."""
        connections = ARRAY_CONNECTIONS * self.processes
        return {"action": "arrays", "sources": sources, "per_array": PER_ARRAY, "connections": connections}

    def measure(self, question: str, **action: Any) -> tuple[Row, dict[str, Any]]:
        """What the devices tell of an action, and what it cost the server."""
        before_s = cpu_s(self.server)
        told = self.devices.ask(**action)
        used_s = cpu_s(self.server) - before_s
        reports = told["reports"]
        return Row(self.database, question, reports / told["seconds"], used_s * 1e6 / reports), told


@contextmanager
def serving(database: str, application: str, env: dict[str, str]) -> Iterator[Site]:
    """That application under daphne."""
    with listening() as listener, running(daphne(application, listener), env, listener=listener) as server:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        with working("reporting", [host], {}) as devices:
            yield Site(database, server, devices, host)


@contextmanager
def serving_crew(database: str, env: dict[str, str], processes: int) -> Iterator[Site]:
    """The product as so many processes that share one port, and a door for devices."""
    with (
        crew_serving(env, "--processes", str(processes)) as (parent, site, door),
        working("reporting", [f"127.0.0.1:{door}"], {}) as devices,
    ):
        yield Site(database, parent, devices, f"127.0.0.1:{site}", processes)


def measure_arrays(site: Site, seconds: float, sources: int) -> Row:
    """NGP arrays of a fleet that nobody watches, and how much memory the server has after each quarter of it."""
    arrays = site.arrays(sources)
    site.devices.ask(**arrays, seconds=WARM_UP_S)
    question = f"NGP arrays of {PER_ARRAY}, {sources} sources"
    question += f", {site.processes} processes" * (site.processes > 1)
    before_s, memory_mb, reports, took_s = cpu_s(site.server), [resident_mb(site.server)], 0, 0.0
    for _ in range(QUARTERS):
        told = site.devices.ask(**arrays, seconds=seconds / QUARTERS)
        reports, took_s = reports + told["reports"], took_s + told["seconds"]
        memory_mb.append(resident_mb(site.server))
    cpu_us = (cpu_s(site.server) - before_s) * 1e6 / reports
    further = f"{reports} reports, memory {', '.join(f'{mb:.0f}' for mb in memory_mb)} MB"
    return Row(site.database, question, reports / took_s, cpu_us, further)


def measure_viewed(site: Site, seconds: float, tracker_ids: Sequence[int], unwatched: Row) -> Row:
    """Arrays while one viewer follows all of the fleet, and whether it has the newest of each in the end."""
    credential = log_in(site.host)
    batches = {"type": "state_batch", "target": {"type": "all"}, "rate_limit": VIEWER_RATE, "format": "full"}
    arrays = site.arrays(len(tracker_ids))
    with working("viewing", [site.host], {}) as viewer:
        viewer.ask(action="open", subscription=command_of(credential, batches), trackers=len(tracker_ids))
        row, _ = site.measure(f"the same, `state_batch` viewer at {VIEWER_RATE}", **arrays, seconds=seconds)
        seen = viewer.ask(action="close", credential=credential)
    pace = f"{row.per_s / unwatched.per_s:.2f} of the pace without viewer"
    got = f"{seen['frames']} frames, {seen['items']} states, {seen['stale']} of {seen['compared']} not the newest"
    return with_further(row, f"{pace}; {got}")


def measure_singles(site: Site, seconds: float, sources: int, question: str) -> Row:
    """OsmAnd queries, one report per request."""
    singles = {"action": "singles", "sources": sources, "connections": CONNECTIONS}
    site.devices.ask(**singles, seconds=WARM_UP_S)
    return site.measure(question, **singles, seconds=seconds)[0]


def measure_watched(site: Site, seconds: float, tracker_ids: Sequence[int], where: str = "") -> Row:
    """From a report's sending, and from its answer 200, to the frame of a viewer of `state`."""
    watched = list(tracker_ids)[:WATCHED]
    command = subscribe_command(site.host, watched)
    before_s = cpu_s(site.server)
    told = site.devices.ask(
        action="watched",
        seconds=seconds,
        sources=len(watched),
        connections=CONNECTIONS,
        per_s=WATCHED_PER_S,
        subscription=command,
        viewed_at=site.host,
    )
    reports = round(seconds * WATCHED_PER_S)
    cpu_us = (cpu_s(site.server) - before_s) * 1e6 / reports
    (sent_50, sent_99), (answered_50, answered_99) = told["sent_ms"], told["answered_ms"]
    further = f"sending to frame p50 {sent_50:.1f} ms, p99 {sent_99:.1f} ms; 200 to frame p50 {answered_50:.1f} ms, "
    further += f"p99 {answered_99:.1f} ms; {told['lost']} not seen"
    return Row(site.database, f"OsmAnd, {WATCHED_PER_S}/s{where}, `state` viewer", told["per_s"], cpu_us, further)


def measure_database(name: str, env: dict[str, str], plain_env: dict[str, str], asked: argparse.Namespace) -> list[Row]:
    """All rows of one database."""
    with working("fleet", [LOGIN, PASSWORD, str(asked.sources)], env) as fleet:
        tracker_ids = fleet.ask()["tracker_ids"]
    singles = f"OsmAnd, one per request, {CONNECTIONS} connections"
    with serving(name, "config.asgi:application", env) as site:
        arrays = measure_arrays(site, asked.seconds, asked.sources)
        viewed = measure_viewed(site, asked.seconds, tracker_ids, arrays)
        watched = measure_watched(site, min(asked.seconds, 10), tracker_ids)
        ours = measure_singles(site, min(asked.seconds, 10), asked.sources, singles)
    with serving(name, "benchmarks.support.plain_view:application", plain_env) as site:
        plain = measure_singles(site, min(asked.seconds, 10), asked.sources, "the same to a plain Django view")
    together = measure_together(name, env, tracker_ids, asked) if name != "SQLite" and asked.processes > 1 else []
    at_door = measure_at_door(name, env, tracker_ids, asked)
    times = f"{plain.cpu_us / ours.cpu_us:.1f} times the reports per CPU second of the plain view"
    return [arrays, viewed, *together, watched, with_further(ours, times), plain, *at_door]


def measure_together(
    name: str, env: dict[str, str], tracker_ids: Sequence[int], asked: argparse.Namespace
) -> list[Row]:
    """Arrays, without viewer and with one, to several processes. SQLite has one writer at a time, whoever it is."""
    with serving_crew(name, env, asked.processes) as site:
        arrays = measure_arrays(site, asked.seconds, asked.sources)
        return [arrays, measure_viewed(site, asked.seconds, tracker_ids, arrays)]


def measure_at_door(name: str, env: dict[str, str], tracker_ids: Sequence[int], asked: argparse.Namespace) -> list[Row]:
    """What comes one by one, where devices have a door of their own."""
    with serving_crew(name, env, 1) as site:
        watched = measure_watched(site, min(asked.seconds, 10), tracker_ids, AT_DOOR)
        singles = f"OsmAnd, one per request, {CONNECTIONS} connections{AT_DOOR}"
        return [watched, measure_singles(site, min(asked.seconds, 10), asked.sources, singles)]


def with_further(row: Row, further: str) -> Row:
    return Row(row.database, row.question, row.per_s, row.cpu_us, further)


def measure_all(asked: argparse.Namespace) -> Iterator[Row]:
    """Rows of each database that there is and that was asked for."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "static").mkdir()  # the product warns of a missing one
        redis_url = stack.enter_context(broker(folder))
        if asked.only in ("", "sqlite"):
            plain_env = {"DATABASE_URL": f"sqlite:///{folder / 'plain.sqlite3'}"}
            yield from measure_database("SQLite", product_env(folder, redis_url), plain_env, asked)
        programs = server_programs()
        if programs is not None and asked.only in ("", "postgresql"):
            url = stack.enter_context(postgres(programs, folder / "postgres"))
            env = product_env(folder, redis_url, url)
            yield from measure_database("PostgreSQL", env, {"DATABASE_URL": url}, asked)
        elif programs is None:
            print("no PostgreSQL on this machine", file=sys.stderr)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of the arrays; the rest takes 10 at most")
    parser.add_argument("--sources", type=int, default=12_000)
    parser.add_argument("--processes", type=int, default=2, help="of `serve`, for the rows that have several")
    parser.add_argument("--only", default="", choices=["", "sqlite", "postgresql"])
    return parser.parse_args()


def main() -> None:
    asked = read_arguments()
    rows = list(measure_all(asked))
    print(f"{asked.seconds:g} s; {machine()}\n")
    heads = ["what", "reports/s", "µs CPU per report", "further"]
    print_table(heads, ([f"{r.database}: {r.question}", f"{r.per_s:.0f}", f"{r.cpu_us:.1f}", r.further] for r in rows))


if __name__ == "__main__":
    main()
