"""Servers that do the same work in turns: each has its clients connected, and is measured by its CPU per delivery."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from typing import Any

from benchmarks.support.processes import ROOT, START_TIMEOUT_S, Worker, cpu_s, daphne, listening, running, working
from benchmarks.support.product import Place, product_env, subscribe_command
from benchmarks.support.samples import Sample, cost_cells, latency_cells, median_cost

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
    folder: Path = ROOT
    """The checkout that its server and publisher are of."""
    opens_port: bool = False
    """Whether it listens on the port of the socket itself, instead of on the socket that it is given."""
    first_warm_up_s: float = 0.0
    """How long it is used before the first round: what compiles as it runs is slow at first."""


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
        self._run(WARM_UP_S if self.samples else WARM_UP_S + self.contender.first_warm_up_s, per_s)
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


def hub(place: Place, name: str = HUB, folder: Path = ROOT) -> Contender:
    """The product, or another version of it."""
    return Contender(
        name=name,
        folder=folder,
        command=lambda listener: daphne("config.asgi:application", listener),
        env=product_env(place.folder, place.redis_url),
        path="/event/subscription",
        publisher=lambda _: ["ingestion", DEVICE_ID],
        subscription=lambda host: subscribe_command(host, place.tracker_ids),
    )


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


def pubsub_tutorial(place: Place) -> Contender:
    return tutorial(place, "tutorial consumer, pub/sub layer", "channels_redis.pubsub.RedisPubSubChannelLayer")


def c_server() -> Contender:
    """The least that a fan-out costs in Python."""
    return Contender(
        name="bare loop in a C server",
        command=lambda listener: [sys.executable, "-m", "benchmarks.support.c_server", str(listener.fileno())],
        env={},
        path="/",
        publisher=lambda host: ["socket", f"ws://{host}/publish"],
    )


@contextmanager
def started(contender: Contender, clients: int) -> Iterator[Bout]:
    """The contender's server and publisher, with that many clients connected."""
    with ExitStack() as stack:
        server, host = stack.enter_context(_serving(contender))
        load = stack.enter_context(working("load", [], {}))
        text = contender.subscription(host) if contender.subscription else None
        load.ask(action="connect", url=f"ws://{host}{contender.path}", clients=clients, subscription=text)
        arguments = contender.publisher(host)
        publisher = stack.enter_context(working("publishing", arguments, contender.env, contender.folder))
        yield Bout(contender, server, publisher, load)


@contextmanager
def _serving(contender: Contender) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The contender's server, and its host and port."""
    with listening() as listener:
        port = listener.getsockname()[1]
        command = contender.command(listener)
        if contender.opens_port:
            listener.close()
        inherited = None if contender.opens_port else listener
        with running(command, contender.env, listener=inherited, folder=contender.folder) as server:
            if contender.opens_port:
                wait_for_port(port, server)
            yield server, f"127.0.0.1:{port}"


def wait_for_port(port: int, server: subprocess.Popen[str], timeout_s: float = START_TIMEOUT_S) -> None:
    """Returns when somebody listens. Raises TimeoutError when nobody does."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise TimeoutError(f"{server.args!r} did not start") from None
            time.sleep(0.05)
        else:
            return


def contest(contenders: Sequence[Contender], *, clients: int, rounds: int, seconds: float, per_s: float) -> list[Bout]:
    """All of them measured in turns, so that a noisy minute of the machine meets all of them."""
    with ExitStack() as stack:
        bouts = [stack.enter_context(started(one, clients)) for one in contenders]
        for _, bout in product(range(rounds), bouts):
            bout.measure(seconds, per_s)
        return bouts


HEADS = ["server", "µs CPU per delivery", "lowest–highest", "× hub", "deliveries", "lost", "p50 ms", "p99 ms"]


def rows_of(bouts: Sequence[Bout]) -> Iterator[list[str]]:
    """Medians of the rounds, one row per contender; the first is what the others are compared with."""
    reference_us = median_cost(bouts[0].samples)
    for bout in bouts:
        samples = bout.samples
        counts = [sum(sample.delivered for sample in samples), sum(sample.lost for sample in samples)]
        yield [
            bout.contender.name,
            *cost_cells(samples, reference_us),
            *map(str, counts),
            *latency_cells(samples),
        ]
