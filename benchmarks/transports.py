"""What does a delivered message cost the server on each transport, and how late does it arrive?

Usage: python benchmarks/transports.py [--clients N] [--trackers N] [--rate N] [--seconds S] [--rounds N] [--only WORD]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.processes import Worker, broker, cpu_s, daphne, listening, running, working  # noqa: E402
from benchmarks.support.product import LOGIN, PASSWORD, product_env  # noqa: E402

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where all servers run: a database and a broker."""

    folder: Path
    redis_url: str
    device_ids: Sequence[str]
    tracker_ids: Sequence[int]

    def env(self, row: Row) -> dict[str, str]:
        """The settings for a row: its notices are heard by its server only."""
        return {
            **product_env(self.folder, self.redis_url),
            "REDIS_PREFIX": row.name.replace(" ", "-"),
            "ATMOSPHERE_SERVER_HEARTBEAT_S": NO_HEARTBEAT_S,
        }


@dataclass(frozen=True, slots=True)
class Sample:
    """What one window of one row showed."""

    cpu_us: float
    """Of the server, per message that arrived."""
    wire_bytes: float
    """Both ways, per message that arrived."""
    delivered: int
    coalesced: int
    lost: int
    repeated: int
    late: int
    payload_bytes: int
    p50_ms: float
    p99_ms: float


@dataclass(slots=True)
class Bout:
    """A server that runs, with its clients connected over one transport, and what was measured so far."""

    row: Row
    trackers: int
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
        delivered = max(1, received["delivered"])
        wire_bytes = received.pop("wire_bytes") / delivered
        self.samples.append(Sample(used_s * 1e6 / delivered, wire_bytes, late=late, **received))

    def _run(self, seconds: float, per_s: float) -> tuple[int, dict[str, Any]]:
        numbers = [next(self.numbers) for _ in range(max(1, round(seconds * per_s)))]
        window = {"first": numbers[0] * self.trackers, "count": len(numbers) * self.trackers}
        self.load.ask(action="open", **window, trackers=self.trackers)
        late = self.publisher.ask(first=numbers[0], count=len(numbers), per_s=per_s)["late"]
        return late, self.load.ask(action="settle")


def subscription(host: str, tracker_ids: Sequence[int]) -> str:
    """The command for the states of the trackers, with the hash of a fresh session."""
    request = urllib.request.Request(
        f"http://{host}/user/auth",
        json.dumps({"login": LOGIN, "password": PASSWORD}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        credential = json.load(response)["hash"]
    requests = [{"type": "state", "trackers": tracker_ids}]
    return json.dumps({"action": "subscribe", "hash": credential, "requests": requests})


@contextmanager
def prepared(trackers: int) -> Iterator[Place]:
    """A broker and a database with that many trackers, in a folder that goes away afterwards."""
    device_ids = [f"bench-{number}" for number in range(1, trackers + 1)]
    with TemporaryDirectory() as name, broker(Path(name)) as redis_url:
        (Path(name) / "static").mkdir()  # the product warns of a missing one
        env = product_env(Path(name), redis_url)
        with working("fleet", [LOGIN, PASSWORD, str(trackers)], env) as fleet:
            tracker_ids = fleet.ask()["tracker_ids"]
        yield Place(Path(name), redis_url, device_ids, tracker_ids)


@contextmanager
def started(row: Row, place: Place, clients: int) -> Iterator[Bout]:
    """A server and a publisher, with that many clients connected over the row's transport."""
    with ExitStack() as stack:
        listener = stack.enter_context(listening())
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        env = place.env(row)
        server = stack.enter_context(running(daphne("config.asgi:application", listener), env, listener=listener))
        load = stack.enter_context(working("atmosphere_load", [], {}))
        load.ask(
            action="connect",
            clients=clients,
            host=host,
            path=PATH,
            transport=row.transport,
            tracks_size=row.tracks_size,
            subscription=subscription(host, place.tracker_ids),
        )
        publisher = stack.enter_context(working("publishing", ["ingestion", *place.device_ids], env))
        yield Bout(row, len(place.tracker_ids), server, publisher, load)


def print_table(bouts: Sequence[Bout]) -> None:
    """Medians of the rounds, one row per transport, as a Markdown table."""
    websocket_us = median(sample.cpu_us for sample in bouts[0].samples)
    print(
        "| transport | µs CPU per message | lowest–highest | × websocket "
        "| messages | coalesced | lost | bytes per message | p50 ms | p99 ms |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for bout in bouts:
        samples = bout.samples
        costs = [sample.cpu_us for sample in samples]
        cells = [
            bout.row.name,
            f"{median(costs):.1f}",
            f"{min(costs):.1f}–{max(costs):.1f}",
            f"{median(costs) / websocket_us:.2f}",
            str(sum(sample.delivered for sample in samples)),
            str(sum(sample.coalesced for sample in samples)),
            str(sum(sample.lost for sample in samples)),
            f"{median(sample.wire_bytes for sample in samples):.0f}",
            f"{median(sample.p50_ms for sample in samples):.1f}",
            f"{median(sample.p99_ms for sample in samples):.1f}",
        ]
        print(f"| {' | '.join(cells)} |")


def print_doubts(bouts: Sequence[Bout]) -> None:
    """What would make a figure worth less than it looks."""
    for bout in bouts:
        name, samples = bout.row.name, bout.samples
        if repeated := sum(sample.repeated for sample in samples):
            print(f"{name}: {repeated} messages were repetitions")
        if late := sum(sample.late for sample in samples):
            print(f"{name}: {late} updates were published later than the pace asks for")
    sizes = sorted({sample.payload_bytes for bout in bouts for sample in bout.samples})
    print(f"{' or '.join(map(str, sizes))} bytes a message without what carries it")


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
        f" {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    print_table(bouts)
    print()
    print_doubts(bouts)


if __name__ == "__main__":
    main()
