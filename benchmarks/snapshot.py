"""How long after a subscription to a large fleet comes the first byte, and the last state?

Usage: python benchmarks/snapshot.py [--trackers N] [--rounds N] [--before CHECKOUT]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import ROOT, Worker, cpu_s, daphne, listening, running, working  # noqa: E402
from benchmarks.support.product import Place, command_of, log_in, prepared, product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

ARRAY = 50
BATCH = {"type": "state_batch", "target": {"type": "all"}, "rate_limit": "1s", "item": "event"}


def requests_for(tracker_ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    """What is subscribed to, by the name of the row."""
    return {
        "`state`": {"type": "state", "trackers": list(tracker_ids)},
        "`state_batch`": BATCH,
        "`state_batch`, compact": {**BATCH, "format": "compact"},
    }


@dataclass(slots=True)
class Row:
    """A subscription to a server, and what was measured so far."""

    name: str
    server: subprocess.Popen[str]
    viewer: Worker
    command: str
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def measure(self, trackers: int) -> None:
        before_s = cpu_s(self.server)
        told = self.viewer.ask(command=self.command, trackers=trackers)
        self.rounds.append({**told, "cpu_ms": (cpu_s(self.server) - before_s) * 1e3})

    def cells(self) -> list[str]:
        def middle(what: str) -> float:
            return float(median(one[what] for one in self.rounds))

        firsts = [one["first_ms"] for one in self.rounds]
        return [
            self.name,
            f"{middle('first_ms'):.0f}",
            f"{min(firsts):.0f}–{max(firsts):.0f}",
            f"{middle('all_ms'):.0f}",
            f"{middle('cpu_ms'):.0f}",
            f"{middle('kilobytes'):.0f}",
        ]


def rows_of(name: str, checkout: Path, place: Place, stack: ExitStack) -> Iterator[Row]:
    """The rows of a server of that checkout, which runs until the end."""
    env = product_env(place.folder, place.redis_url)
    listener = stack.enter_context(listening())
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    command = daphne("config.asgi:application", listener)
    server = stack.enter_context(running(command, env, listener=listener, folder=checkout))
    viewer = stack.enter_context(working("beginning", [host], {}))
    with working("reporting", [host], {}) as devices:
        devices.ask(action="arrays", seconds=0, sources=len(place.tracker_ids), per_array=ARRAY, connections=4)
    credential = log_in(host)
    for title, request in requests_for(place.tracker_ids).items():
        yield Row(f"{title}{name}", server, viewer, command_of(credential, request))


def measure_all(asked: argparse.Namespace) -> list[Row]:
    """All rows, measured in turns; the first turn warms up."""
    with prepared(asked.trackers) as place, ExitStack() as stack:
        checkouts = {"": ROOT, **({", before": asked.before.resolve()} if asked.before else {})}
        rows = [row for name, checkout in checkouts.items() for row in rows_of(name, checkout, place, stack)]
        for _ in range(asked.rounds + 1):
            for row in rows:
                row.measure(asked.trackers)
        for row in rows:
            del row.rounds[0]
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackers", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--before", type=Path, help="another checkout of the product to measure as well")
    asked = parser.parse_args()
    rows = measure_all(asked)
    print(f"{asked.trackers} trackers, {asked.rounds} rounds; {machine()}\n")
    columns = ["subscription", "first byte ms", "lowest–highest", "all states ms", "ms CPU", "KB"]
    print_table(columns, (row.cells() for row in rows))


if __name__ == "__main__":
    main()
