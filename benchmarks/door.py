"""What does a report cost that comes in a request of its own: at the site's port, and at the devices' door?

Usage: python benchmarks/door.py [--before CHECKOUT] [--seconds S] [--rounds N] [--sources N] [--connections N]
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.crew import serving, workers_of  # noqa: E402
from benchmarks.support.processes import (  # noqa: E402
    ROOT,
    Worker,
    broker,
    cpu_s_of,
    daphne,
    listening,
    running,
    working,
)
from benchmarks.support.product import LOGIN, PASSWORD, product_env  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

WARM_UP_S = 1.0


def measure(pid: int, devices: Worker, seconds: float, asked: argparse.Namespace) -> tuple[float, float]:
    """CPU of the worker per report in microseconds, and reports a second."""
    before_s = cpu_s_of(pid)
    told = devices.ask(action="singles", seconds=seconds, sources=asked.sources, connections=asked.connections)
    return (cpu_s_of(pid) - before_s) * 1e6 / told["reports"], told["reports"] / told["seconds"]


def has_door(checkout: Path) -> bool:
    """Whether that version has a door for devices; before it had one, daphne alone served it."""
    serve = checkout / "config" / "management" / "commands" / "serve.py"
    return serve.exists() and "--devices-port" in serve.read_text()


def open_places(
    stack: ExitStack, folder: Path, checkout: Path, sources: int, version: str
) -> dict[str, tuple[int, Worker]]:
    """The places at one process of that version: its id, and the devices that send there."""
    (folder / "static").mkdir(parents=True)
    env = product_env(folder, stack.enter_context(broker(folder)))
    with working("fleet", [LOGIN, PASSWORD, str(sources)], env, checkout) as fleet:
        fleet.ask()
    if not has_door(checkout):
        listener = stack.enter_context(listening())
        command = daphne("config.asgi:application", listener)
        server = stack.enter_context(running(command, env, listener=listener, folder=checkout))
        sender = stack.enter_context(working("reporting", [f"127.0.0.1:{listener.getsockname()[1]}"], {}))
        return {f"{version}at its one port, by daphne": (server.pid, sender)}
    parent, *ports = stack.enter_context(serving(env, checkout=checkout))
    (pid,) = workers_of(parent)
    return {
        f"{version}{place}": (pid, stack.enter_context(working("reporting", [f"127.0.0.1:{port}"], {})))
        for place, port in zip(("at the site's port, by daphne", "at the devices' door"), ports, strict=True)
    }


def measure_all(asked: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """The rounds of each place, measured in turns."""
    versions = ({"before, ": asked.before.resolve()} if asked.before else {}) | {"": ROOT}
    with TemporaryDirectory() as name, ExitStack() as stack:
        places: dict[str, tuple[int, Worker]] = {}
        for number, (version, checkout) in enumerate(versions.items()):
            places |= open_places(stack, Path(name) / str(number), checkout, asked.sources, version)
        for pid, devices in places.values():
            measure(pid, devices, WARM_UP_S, asked)
        rounds: dict[str, list[tuple[float, float]]] = {place: [] for place in places}
        for _ in range(asked.rounds):
            for place, (pid, devices) in places.items():
                rounds[place].append(measure(pid, devices, asked.seconds, asked))
        return rounds


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="another checkout of the product to run beside this one")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sources", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=64)
    return parser.parse_args()


def main() -> None:
    asked = read_arguments()
    rounds = measure_all(asked)
    print(f"{asked.rounds} rounds of {asked.seconds:g} s, {asked.connections} connections; {machine()}\n")
    first = median(cost for cost, _ in next(iter(rounds.values())))
    print_table(
        ["place", "µs CPU per report", "lowest–highest", "× first", "reports/s"],
        (
            [
                place,
                f"{median(costs):.0f}",
                f"{min(costs):.0f}–{max(costs):.0f}",
                f"{median(costs) / first:.2f}",
                f"{median(per_s for _, per_s in of_place):.0f}",
            ]
            for place, of_place in rounds.items()
            for costs in [[cost for cost, _ in of_place]]
        ),
    )


if __name__ == "__main__":
    main()
