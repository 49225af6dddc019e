"""What does a delivered message cost the server on each transport, and how late does it arrive?

Usage: python benchmarks/transports.py [--clients N] [--trackers N] [--rate N] [--seconds S] [--rounds N] [--only WORD]
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
from statistics import median
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

PATH = "/event/subscription"
WARM_UP_S = 0.8
# A heartbeat ends a poll: those who wait for their turn shall not be busy with it in another's.
NO_HEARTBEAT_S = "3600"


@dataclass(frozen=True, slots=True)
class Row:
    """A way to carry messages."""

    name: str
    transport: str
    tracks_size: bool = False


WEBSOCKET = Row("websocket", "websocket")
ROWS = [
    WEBSOCKET,
    Row("sse", "sse"),
    Row("streaming", "streaming"),
    Row("long-polling", "long-polling"),
    Row("long-polling with message sizes", "long-polling", tracks_size=True),
    Row("jsonp", "jsonp"),
]


def env_of(row: Row, place: Place) -> dict[str, str]:
    """The settings for a row: its notices are heard by its server only."""
    return {
        **product_env(place.folder, place.redis_url),
        "REDIS_PREFIX": row.name.replace(" ", "-"),
        "ATMOSPHERE_SERVER_HEARTBEAT_S": NO_HEARTBEAT_S,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSample(Sample):
    """What one window of one row showed."""

    wire_bytes: float
    """Both ways, per message that arrived."""
    coalesced: int


@dataclass(slots=True)
class Bout:
    """A server that runs, with its clients connected over one transport, and what was measured so far."""

    row: Row
    trackers: int
    server: subprocess.Popen[str]
    publisher: Worker
    load: Worker
    numbers: count[int] = field(default_factory=count)
    samples: list[TransportSample] = field(default_factory=list)

    def measure(self, seconds: float, per_s: float) -> None:
        """Takes one sample at that pace of updates, after a warm-up."""
        self._run(WARM_UP_S, per_s)
        before = cpu_s(self.server)
        late, received = self._run(seconds, per_s)
        used_s = cpu_s(self.server) - before
        delivered = max(1, received["delivered"])
        wire_bytes = received.pop("wire_bytes") / delivered
        cpu_us = used_s * 1e6 / delivered
        self.samples.append(TransportSample(cpu_us=cpu_us, wire_bytes=wire_bytes, late=late, **received))

    def _run(self, seconds: float, per_s: float) -> tuple[int, dict[str, Any]]:
        numbers = [next(self.numbers) for _ in range(max(1, round(seconds * per_s)))]
        window = {"first": numbers[0] * self.trackers, "count": len(numbers) * self.trackers}
        self.load.ask(action="open", **window, trackers=self.trackers)
        late = self.publisher.ask(first=numbers[0], count=len(numbers), per_s=per_s)["late"]
        return late, self.load.ask(action="settle")


@contextmanager
def started(row: Row, place: Place, clients: int) -> Iterator[Bout]:
    """A server and a publisher, with that many clients connected over the row's transport."""
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        env = env_of(row, place)
        server = stack.enter_context(running(daphne("config.asgi:application", listener), env, listener=listener))
        load = stack.enter_context(working("atmosphere_load", [], {}))
        load.ask(
            action="connect",
            clients=clients,
            host=host,
            path=PATH,
            transport=row.transport,
            tracks_size=row.tracks_size,
            subscription=subscribe_command(host, place.tracker_ids),
        )
        device_ids = [f"bench-{number}" for number in range(1, len(place.tracker_ids) + 1)]
        publisher = stack.enter_context(working("publishing", ["ingestion", *device_ids], env))
        yield Bout(row, len(place.tracker_ids), server, publisher, load)


HEADS = (
    ["transport", "µs CPU per message", "lowest–highest", "× websocket", "messages", "coalesced", "lost"]
    + ["bytes per message", "p50 ms", "p99 ms"]
)  # fmt: skip


def print_bouts(bouts: Sequence[Bout]) -> None:
    """Medians of the rounds, one row per transport."""
    websocket_us = median_cost(bouts[0].samples)
    print_table(HEADS, (cells_of(bout, websocket_us) for bout in bouts))
    print()
    print_doubts({bout.row.name: bout.samples for bout in bouts})


def cells_of(bout: Bout, websocket_us: float) -> list[str]:
    samples = bout.samples
    counts = [sum(getattr(sample, name) for sample in samples) for name in ("delivered", "coalesced", "lost")]
    wire_bytes = f"{median(sample.wire_bytes for sample in samples):.0f}"
    costs = cost_cells(samples, websocket_us)
    return [bout.row.name, *costs, *map(str, counts), wire_bytes, *latency_cells(samples)]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--trackers", type=int, default=2, help="that every client follows; they are updated together")
    parser.add_argument("--rate", type=float, default=2, help="updates of all trackers per second")
    parser.add_argument("--seconds", type=float, default=3, help="of each window that is measured")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="of the others, those whose name contains this")
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    with ExitStack() as stack:
        place = stack.enter_context(prepared(arguments.trackers))
        chosen = [row for row in ROWS if row is WEBSOCKET or arguments.only in row.name]
        bouts = [stack.enter_context(started(row, place, arguments.clients)) for row in chosen]
        # In turns, so that a noisy minute of the machine meets all of them.
        for _, bout in product(range(arguments.rounds), bouts):
            bout.measure(arguments.seconds, arguments.rate)
    print(
        f"{arguments.clients} clients, {arguments.rate:g} × {arguments.trackers} updates/s,"
        f" {arguments.rounds} × {arguments.seconds:g} s each;"
        f" {machine()}\n"
    )
    print_bouts(bouts)


if __name__ == "__main__":
    main()
