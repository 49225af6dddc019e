"""What does one delivery to one of many websocket clients cost the server, in microseconds of CPU?

Usage: python benchmarks/fan_out.py [--clients N] [--rate N] [--seconds S] [--rounds N] [--only WORD]
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import Worker, cpu_s, daphne, listening, running, working  # noqa: E402
from benchmarks.support.product import Place, prepared, product_env, subscribe_command  # noqa: E402
from benchmarks.support.samples import (  # noqa: E402
    Sample,
    cost_cells,
    latency_cells,
    machine,
    median_cost,
    print_doubts,
    print_table,
)

DEVICE_ID = "bench-1"
WARM_UP_S = 0.8
HUB = "hub of this project"


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, how its clients subscribe and how updates reach it."""

    name: str
    command: Callable[[socket.socket], list[str]]
    env: Mapping[str, str]
    path: str
    publisher: Callable[[str], list[str]]
    """Arguments of the publisher for a server at this host and port."""
    subscription: Callable[[str], str] | None = None
    """What each client sends after it connected."""


@dataclass(slots=True)
class Bout:
    """A contender that runs, with its clients connected, and what was measured so far."""

    contender: Contender
    server: subprocess.Popen[str]
    publisher: Worker
    load: Worker
    numbers: count[int] = field(default_factory=count)
    samples: list[Sample] = field(default_factory=list)

    def measure(self, seconds: float, per_s: float) -> None:
        """Takes one sample at that pace of updates, after a warm-up."""
        self._run(WARM_UP_S, per_s)
        before = cpu_s(self.server)
        late, received = self._run(seconds, per_s)
        used_s = cpu_s(self.server) - before
        cpu_us = used_s * 1e6 / max(1, received["delivered"])
        self.samples.append(Sample(cpu_us=cpu_us, late=late, **received))

    def _run(self, seconds: float, per_s: float) -> tuple[int, dict[str, Any]]:
        numbers = [next(self.numbers) for _ in range(max(1, round(seconds * per_s)))]
        window = {"first": numbers[0], "count": len(numbers)}
        self.load.ask(action="open", **window)
        late = self.publisher.ask(**window, per_s=per_s)["late"]
        return late, self.load.ask(action="settle")


def contenders(place: Place) -> list[Contender]:
    """Everybody who is compared; the hub comes first."""
    return [
        Contender(
            name=HUB,
            command=lambda listener: daphne("config.asgi:application", listener),
            env=product_env(place.folder, place.redis_url),
            path="/event/subscription",
            publisher=lambda _: ["ingestion", DEVICE_ID],
            subscription=lambda host: subscribe_command(host, place.tracker_ids),
        ),
        tutorial(place, "tutorial consumer, pub/sub layer", "channels_redis.pubsub.RedisPubSubChannelLayer"),
        tutorial(place, "tutorial consumer, core layer", "channels_redis.core.RedisChannelLayer"),
        Contender(
            name="bare loop over daphne",
            command=lambda listener: daphne("benchmarks.support.daphne_loop:application", listener),
            env={},
            path="/",
            publisher=lambda host: ["socket", f"ws://{host}/publish"],
        ),
        Contender(
            name="bare loop in a C server",
            command=lambda listener: [
                sys.executable, "-m", "benchmarks.support.c_server", str(listener.fileno())
            ],
            env={},
            path="/",
            publisher=lambda host: ["socket", f"ws://{host}/publish"],
        ),
    ]  # fmt: skip


def tutorial(place: Place, name: str, layer: str) -> Contender:
    """The tutorial's consumer on one of the layers."""
    return Contender(
        name=name,
        command=lambda listener: daphne("benchmarks.support.tutorial:application", listener),
        env={
            "DJANGO_SETTINGS_MODULE": "benchmarks.support.tutorial_settings",
            "LAYER": layer,
            "REDIS_URL": place.redis_url,
        },
        path="/ws/tracker/1/",
        publisher=lambda _: ["group", "tracker_1"],
    )


@contextmanager
def started(contender: Contender, clients: int) -> Iterator[Bout]:
    """The contender's server and publisher, with that many clients connected."""
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        command = contender.command(listener)
        server = stack.enter_context(running(command, contender.env, listener=listener))
        load = stack.enter_context(working("load", [], {}))
        text = contender.subscription(host) if contender.subscription else None
        load.ask(action="connect", url=f"ws://{host}{contender.path}", clients=clients, subscription=text)
        publisher = stack.enter_context(working("publishing", contender.publisher(host), contender.env))
        yield Bout(contender, server, publisher, load)


def print_bouts(bouts: Sequence[Bout]) -> None:
    """Medians of the rounds, one row per contender."""
    hub_us = median_cost(bouts[0].samples)
    heads = ["server", "µs CPU per delivery", "lowest–highest", "× hub", "deliveries", "lost", "p50 ms", "p99 ms"]
    print_table(heads, (cells_of(bout, hub_us) for bout in bouts))
    print()
    print_doubts({bout.contender.name: bout.samples for bout in bouts})


def cells_of(bout: Bout, hub_us: float) -> list[str]:
    samples = bout.samples
    counts = [sum(sample.delivered for sample in samples), sum(sample.lost for sample in samples)]
    return [bout.contender.name, *cost_cells(samples, hub_us), *map(str, counts), *latency_cells(samples)]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20, help="updates per second; each goes to all clients")
    parser.add_argument("--seconds", type=float, default=5, help="of each window that is measured")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="of the others, those whose name contains this")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    with ExitStack() as stack:
        place = stack.enter_context(prepared(1))
        chosen = [one for one in contenders(place) if one.name == HUB or arguments.only in one.name]
        bouts = [stack.enter_context(started(one, arguments.clients)) for one in chosen]
        # In turns, so that a noisy minute of the machine meets all of them.
        for _, bout in product(range(arguments.rounds), bouts):
            bout.measure(arguments.seconds, arguments.rate)
    print(
        f"{arguments.clients} clients, {arguments.rate:g} updates/s, {arguments.rounds} × {arguments.seconds:g} s each;"
        f" {machine()}\n"
    )
    print_bouts(bouts)


if __name__ == "__main__":
    main()
