"""What does a websocket client that hears nothing cost the server, in kilobytes and in CPU?

Usage: python benchmarks/idle.py [--clients N] [--seconds S] [--before CHECKOUT]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import (  # noqa: E402
    ROOT,
    cpu_s,
    daphne,
    listening,
    resident_mb,
    running,
    working,
)
from benchmarks.support.product import Place, prepared, product_env, subscribe_command  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

TRACKERS = 20
# What the server makes for its first clients it does not make again.
FIRST_CLIENTS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A server and what its clients send once."""

    name: str
    application: str
    path: str
    env: Mapping[str, str]
    subscription: Callable[[str], str] | None = None
    checkout: Path = ROOT


def rows(place: Place, before: Path | None) -> Iterator[Row]:
    env = product_env(place.folder, place.redis_url)
    yield Row("bare loop over daphne", "benchmarks.support.daphne_loop:application", "/", {})
    for age, checkout in {"now": ROOT, **({"before": before.resolve()} if before else {})}.items():
        product = "config.asgi:application", "/event/subscription", env
        yield Row(f"{age}, connected", *product, checkout=checkout)
        yield Row(
            f"{age}, following {TRACKERS} trackers",
            *product,
            lambda host: subscribe_command(host, place.tracker_ids),
            checkout=checkout,
        )


@contextmanager
def measured(row: Row, clients: int, seconds: float) -> Iterator[list[str]]:
    """A row of the table."""
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        server = stack.enter_context(
            running(daphne(row.application, listener), row.env, listener=listener, folder=row.checkout)
        )
        load = stack.enter_context(working("load", [], {}))
        text = row.subscription(host) if row.subscription else None
        load.ask(action="connect", url=f"ws://{host}{row.path}", clients=FIRST_CLIENTS, subscription=text)
        before_mb, before_s = resident_mb(server), cpu_s(server)
        load.ask(action="connect", url=f"ws://{host}{row.path}", clients=clients, subscription=text)
        connecting_s = cpu_s(server) - before_s
        each_kb = (resident_mb(server) - before_mb) * 1000 / clients
        before_s = cpu_s(server)
        time.sleep(seconds)
        idle_s = cpu_s(server) - before_s
        yield [
            row.name,
            f"{each_kb:.1f}",
            f"{connecting_s * 1e3 / clients:.2f}",
            f"{idle_s * 1e6 / seconds / clients:.1f}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10, help="of idling")
    parser.add_argument("--before", type=Path, help="another checkout of the product to measure as well")
    arguments = parser.parse_args()
    table = []
    with prepared(TRACKERS) as place:
        for row in rows(place, arguments.before):
            with measured(row, arguments.clients, arguments.seconds) as cells:
                table.append(cells)
    print(f"{arguments.clients} clients, {arguments.seconds:g} s of idling; {machine()}\n")
    print_table(["server", "KB per client", "ms CPU to connect", "µs CPU per client and second idle"], table)


if __name__ == "__main__":
    main()
