"""What does a delivery cost when most clients of an account follow other trackers, and while trackers are registered?

Usage: python benchmarks/followers.py [--others N...] [--before CHECKOUT] [--rounds N] [--seconds S] [--rate N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import ROOT, Worker, cpu_s, daphne, listening, running, working  # noqa: E402
from benchmarks.support.product import LOGIN, Place, prepared, product_env, subscribe_command  # noqa: E402
from benchmarks.support.samples import (  # noqa: E402
    Sample,
    cost_cells,
    latency_cells,
    machine,
    median_cost,
    print_doubts,
    print_table,
)

TRACKERS = 1000
FOLLOWED = 20
CLIENTS = 100
REGISTERED_PER_S = 1
WARM_UP_S = 0.8


@dataclass(slots=True)
class Bout:
    """A server of one checkout with a crowd of one size, and what was measured so far."""

    name: str
    server: subprocess.Popen[str]
    publisher: Worker
    load: Worker
    registering: Worker
    numbers: count[int] = field(default_factory=count)
    quiet: list[Sample] = field(default_factory=list)
    busy: list[Sample] = field(default_factory=list)

    def measure(self, seconds: float, per_s: float) -> None:
        """Takes a sample in peace, and one while trackers are registered by another process."""
        self._run(WARM_UP_S, per_s)
        self.quiet.append(self._sample(seconds, per_s))
        self.registering.ask(count=round(seconds * REGISTERED_PER_S), per_s=REGISTERED_PER_S)
        self.busy.append(self._sample(seconds, per_s))

    def _sample(self, seconds: float, per_s: float) -> Sample:
        before = cpu_s(self.server)
        late, received = self._run(seconds, per_s)
        used_s = cpu_s(self.server) - before
        return Sample(cpu_us=used_s * 1e6 / max(1, received["delivered"]), late=late, **received)

    def _run(self, seconds: float, per_s: float) -> tuple[int, dict[str, Any]]:
        numbers = [next(self.numbers) for _ in range(max(1, round(seconds * per_s)))]
        window = {"first": numbers[0], "count": len(numbers)}
        self.load.ask(action="open", **window)
        late = self.publisher.ask(**window, per_s=per_s)["late"]
        return late, self.load.ask(action="settle")


@contextmanager
def started(name: str, checkout: Path, others: int, place: Place) -> Iterator[Bout]:
    """A server of that checkout, with its clients connected: those that are measured, and so many others."""
    env = product_env(place.folder, place.redis_url)
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        command = daphne("config.asgi:application", listener)
        server = stack.enter_context(running(command, env, listener=listener, folder=checkout))
        url = f"ws://{host}/event/subscription"
        groups = [place.tracker_ids[at : at + FOLLOWED] for at in range(0, TRACKERS, FOLLOWED)]
        load = stack.enter_context(working("load", [], {}))
        load.ask(action="connect", url=url, clients=CLIENTS, subscription=subscribe_command(host, groups[0]))
        crowd = stack.enter_context(working("load", [], {}))
        for group, size in zip(groups[1:], shares(others, len(groups) - 1), strict=True):
            crowd.ask(action="connect", url=url, clients=size, subscription=subscribe_command(host, group))
        devices = [f"bench-{number}" for number in range(1, FOLLOWED + 1)]
        publisher = stack.enter_context(working("publishing", ["taking-turns", *devices], env, folder=checkout))
        registering = stack.enter_context(working("registering", [LOGIN], env, folder=checkout))
        yield Bout(name, server, publisher, load, registering)


def shares(total: int, parts: int) -> list[int]:
    """The total in that many parts, as even as may be."""
    return [total // parts + (part < total % parts) for part in range(parts)]


def print_bouts(bouts: Sequence[Bout]) -> None:
    """Medians of the rounds, two rows per bout; the first is what the others are compared with."""
    reference_us = median_cost(bouts[0].quiet)
    rows = {bout.name: bout.quiet for bout in bouts}
    rows |= {f"{bout.name}, trackers being registered": bout.busy for bout in bouts}
    heads = ["server", "µs CPU per delivery", "lowest–highest", "× first", "deliveries", "lost", "p50 ms", "p99 ms"]
    print_table(heads, ([name, *cells_of(samples, reference_us)] for name, samples in rows.items()))
    print()
    print_doubts(rows)


def cells_of(samples: Sequence[Sample], reference_us: float) -> list[str]:
    counts = [sum(sample.delivered for sample in samples), sum(sample.lost for sample in samples)]
    return [*cost_cells(samples, reference_us), *map(str, counts), *latency_cells(samples)]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", type=int, nargs="+", default=[0, 900], help="clients that follow other trackers")
    parser.add_argument("--before", type=Path, help="another checkout of the product to run beside this one")
    parser.add_argument("--rate", type=float, default=100, help="reports per second; each goes to 100 clients")
    parser.add_argument("--seconds", type=float, default=5, help="of each window that is measured")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    checkouts = {"now": ROOT} | ({"before": arguments.before.resolve()} if arguments.before else {})
    with ExitStack() as stack:
        bouts = []
        for others, (age, checkout) in product(arguments.others, checkouts.items()):
            # Each has a fleet of its own: a notice to one would wake them all.
            place = stack.enter_context(prepared(TRACKERS))
            name = f"{age}, {CLIENTS} clients and {others} others"
            bouts.append(stack.enter_context(started(name, checkout, others, place)))
        for _, bout in product(range(arguments.rounds), bouts):
            bout.measure(arguments.seconds, arguments.rate)
    print(
        f"{TRACKERS} trackers, {FOLLOWED} followed by each client, {arguments.rate:g} reports/s to {CLIENTS} clients,"
        f" {arguments.rounds} × {arguments.seconds:g} s each; {machine()}\n"
    )
    print_bouts(bouts)


if __name__ == "__main__":
    main()
