"""What does an entry of `state_batch` cost the server when many viewers follow a whole fleet?

Usage: python benchmarks/viewers.py [--viewers N] [--trackers N] [--rounds N] [--seconds S] [--before CHECKOUT]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import ROOT, Worker, cpu_s, daphne, listening, running, working  # noqa: E402
from benchmarks.support.product import Place, command_of, log_in, prepared, product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

# Every tracker reports once a second, so many of them in one transaction.
AT_ONCE = 100
PACE_S = 1.0
BATCHES = {"type": "state_batch", "target": {"type": "all"}, "rate_limit": "1s", "format": "compact"}


@dataclass(slots=True)
class Bout:
    """A server whose viewers came in one of two ways, and what was measured so far."""

    name: str
    trackers: int
    server: subprocess.Popen[str]
    publisher: Worker
    watching: Worker
    numbers: count[int] = field(default_factory=count)
    costs_us: list[float] = field(default_factory=list)
    """Of the server, per entry."""
    per_s: list[float] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    """The part of a core that the server used."""

    def report(self, seconds: float) -> None:
        """Has the whole fleet report for that long."""
        numbers = [next(self.numbers) for _ in range(round(seconds * self.trackers / AT_ONCE))]
        self.publisher.ask(first=numbers[0], count=len(numbers), per_s=self.trackers / AT_ONCE / PACE_S)

    def measure(self, seconds: float) -> None:
        """Takes one sample."""
        self.report(2 * PACE_S)
        self.watching.ask(action="count")
        before_s, began = cpu_s(self.server), time.monotonic()
        self.report(seconds)
        used_s, took_s = cpu_s(self.server) - before_s, time.monotonic() - began
        entries = self.watching.ask(action="count")["entries"]
        self.costs_us.append(used_s * 1e6 / max(1, entries))
        self.per_s.append(entries / took_s)
        self.loads.append(used_s / took_s)


@contextmanager
def started(name: str, place: Place, checkout: Path) -> Iterator[tuple[Bout, str]]:
    """A server of that checkout with its publisher, and what a viewer sends to follow the fleet."""
    env = product_env(place.folder, place.redis_url)
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        command = daphne("config.asgi:application", listener)
        server = stack.enter_context(running(command, env, listener=listener, folder=checkout))
        devices = [f"bench-{number}" for number in range(1, len(place.tracker_ids) + 1)]
        arguments = ["in-parts", str(AT_ONCE), *devices]
        publisher = stack.enter_context(working("publishing", arguments, env))
        watching = stack.enter_context(working("watching", [host], {}))
        yield Bout(name, len(devices), server, publisher, watching), command_of(log_in(host), BATCHES)


def let_in(bout: Bout, viewers: int, subscription: str, *, in_step: bool) -> None:
    """Connects viewers while nobody reports, so that all become due together, or one by one while the fleet reports."""
    question = {"action": "connect", "viewers": viewers, "subscription": subscription}
    if in_step:
        bout.watching.ask(**question, spread_s=0.0)
        time.sleep(2 * PACE_S)
        return
    with ThreadPoolExecutor(1) as pool:
        connecting = pool.submit(bout.watching.ask, **question, spread_s=2.5 * PACE_S)
        while not connecting.done():
            bout.report(PACE_S / 2)
        connecting.result()


def row_of(bout: Bout) -> list[str]:
    costs = bout.costs_us
    return [
        bout.name,
        f"{median(costs):.2f}",
        f"{min(costs):.2f}–{max(costs):.2f}",
        f"{median(bout.per_s):.0f}",
        f"{median(bout.loads):.2f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=60)
    parser.add_argument("--trackers", type=int, default=2000, help="each reports once a second")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each window that is measured")
    parser.add_argument("--before", type=Path, help="another checkout of the product to run beside this one")
    asked = parser.parse_args()
    checkouts = {"now": ROOT} | ({"before": asked.before.resolve()} if asked.before else {})
    with ExitStack() as stack:
        bouts = []
        for (age, checkout), in_step in product(checkouts.items(), (True, False)):
            # Each has a fleet of its own: a notice to one would wake them all.
            place = stack.enter_context(prepared(asked.trackers))
            name = f"{age}, viewers {'in step' if in_step else 'each at its own time'}"
            bout, subscription = stack.enter_context(started(name, place, checkout))
            let_in(bout, asked.viewers, subscription, in_step=in_step)
            bouts.append(bout)
        for _, bout in product(range(asked.rounds), bouts):
            bout.measure(asked.seconds)
    print(f"{asked.viewers} viewers of {asked.trackers} trackers, {asked.rounds} × {asked.seconds:g} s; {machine()}\n")
    heads = ["server", "µs CPU per entry", "lowest–highest", "entries/s", "cores used"]
    print_table(heads, map(row_of, bouts))


if __name__ == "__main__":
    main()
