"""What does a change cost while clients look at areas of a large account, and what a look?

CPU of one process, without a database or a network: notices are delivered to subscriptions that nobody reads.
Usage: python benchmarks/areas.py [--trackers N] [--changes N]
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

from benchmarks.support.samples import machine, print_table  # noqa: E402

if TYPE_CHECKING:
    from benchmarks.support.looking import Lookers

TOWN = (47.5, 19.1)
SPREAD_DEGREES = 0.2
# Of an area's side: a part of a town, and all of it.
SIDES = {"0.02°": 0.02, "0.4°": 0.4}


def main() -> None:
    arguments = read_arguments()
    from benchmarks.support.looking import Lookers  # needs Django to be set up

    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lookers = Lookers(arguments.trackers, TOWN, SPREAD_DEGREES)
    memory_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1000
    rows = [["none", "–", "–", f"{change_us(lookers, arguments.changes):.1f}"]]
    for name, side in SIDES.items():
        for clients in (1, 10, 100):
            look_ms = 1000 * cpu_s(partial(lookers.look, clients, side)) / clients
            cost_us = change_us(lookers, arguments.changes)
            rows.append([f"{clients} × {name}", f"{look_ms:.1f}", f"{lookers.held:.2f}", f"{cost_us:.1f}"])
            lookers.look_away()
    print(f"{arguments.trackers} trackers, survey of {memory_mb:.0f} MB; {machine()}")
    print_table(["areas", "a look ms", "areas that hold a change", "a change µs"], rows)


def change_us(lookers: Lookers, changes: int) -> float:
    states = lookers.moved(changes)
    now = datetime.now(UTC)
    return 1e6 * cpu_s(lambda: lookers.deliver(states, now)) / changes


def cpu_s(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackers", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=20_000)
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks")
    random.seed(1)
    django.setup()
    main()
