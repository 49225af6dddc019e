"""All clients come at once, the broker restarts, a worker dies or all are replaced: when is everybody right?

Usage: python benchmarks/storms.py [--clients N]
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.support.crew import serving, workers_of  # noqa: E402
from benchmarks.support.processes import broker, working  # noqa: E402
from benchmarks.support.product import LOGIN, PASSWORD, product_env, subscribe_command  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

TRACKERS = 20
# Each over a connection of its own, of which each worker is likely to have some; nobody follows them.
DEVICES = 8
REPORT_EVERY_S = 0.25
WORKERS = 2
OUTAGE_S = 1.0
REPLACED_WITHIN_S = 300.0


def replace_workers(parent: subprocess.Popen[str]) -> None:
    """Returns when others serve."""
    before = set(workers_of(parent))
    os.kill(parent.pid, signal.SIGHUP)
    deadline = time.monotonic() + REPLACED_WITHIN_S
    while before & set(workers_of(parent)):
        if time.monotonic() > deadline:
            raise TimeoutError("the workers were not replaced")
        time.sleep(0.05)


def open_files(pid: int) -> int:
    """How many a process has, connections among them."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def measure_all(clients: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each storm and what it did."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "static").mkdir()
        brokers = stack.enter_context(ExitStack())
        env = product_env(folder, brokers.enter_context(broker(folder)))
        with working("fleet", [LOGIN, PASSWORD, str(TRACKERS + DEVICES)], env) as fleet:
            tracker_ids = fleet.ask()["tracker_ids"][:TRACKERS]
        parent, site, door = stack.enter_context(serving(env, "--processes", str(WORKERS)))
        hosts = [f"127.0.0.1:{port}" for port in (site, door)]
        crowd = stack.enter_context(working("storming", hosts, {}))
        devices = stack.enter_context(working("steady", hosts[1:], {}))

        def settle(**how: Any) -> dict[str, Any]:
            return crowd.ask(action="settle", **how) | devices.ask(action="tell")

        command = subscribe_command(hosts[0], tracker_ids)
        devices.ask(action="begin", devices=[*range(TRACKERS + 1, TRACKERS + DEVICES + 1)], every_s=REPORT_EVERY_S)
        crowd.ask(action="begin", clients=clients, subscription=command, device=1)
        yield "all come at once", settle()
        brokers.close()
        time.sleep(OUTAGE_S)
        (folder / "broker.sock").unlink(missing_ok=True)
        stack.enter_context(broker(folder))
        yield f"the broker is back after {OUTAGE_S:g} s", settle()
        os.kill(max(workers_of(parent), key=open_files), signal.SIGKILL)
        yield f"of {WORKERS} workers the one with more clients is killed", settle(are_cut=True)
        replace_workers(parent)
        yield "all workers were replaced", settle()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=2_000)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    rows = [
        [
            storm,
            f"{told['right_s']:.1f}",
            f"{told['right']}",
            f"{told['cut']}",
            f"{told['p50_ms']:.0f}",
            f"{told['most_ms']:.0f}",
            f"{told['reports']}",
            f"{told['failed']}",
        ]
        for storm, told in measure_all(asked.clients)
    ]
    print(f"{asked.clients} clients, load {load:.0f} before; {machine()}\n")
    print_table(
        ["storm", "s until all right", "clients right", "cut", "200 p50 ms", "most ms", "reports", "failed"], rows
    )


if __name__ == "__main__":
    main()
