"""What `make run` starts, tells and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.servers import ROOT, wait_until
from tests.patience import PATIENCE_S
from tests.ports import free_port

START_TIMEOUT_S = 180
# Lets a program see another time of day.
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

needs_faketime = pytest.mark.skipif(FAKETIME is None, reason="there is no libfaketime")


@contextmanager
def running(data_dir: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """The supervisor, from its start until its end, which comes by SIGTERM at the latest."""
    # What tests set for themselves is not what a user has.
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "TEST_DATABASE_URL")
    outside = {name: value for name, value in os.environ.items() if name not in ours}
    with (data_dir.parent / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"],
            cwd=ROOT,
            env={**outside, "DATA_DIR": str(data_dir), **variables},
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def processes_of(data_dir: Path) -> list[str]:
    """The command lines of all processes that were started with this data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdecimal() else b""
            if f"DATA_DIR={data_dir}\0".encode() in environment:
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return found


def is_written(path: Path, process: subprocess.Popen[str]) -> bool:
    assert process.poll() is None, (path.parent.parent / "log").read_text()
    return path.exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_run_drives_fleet_and_leaves_nothing(tmp_path: Path, ending: signal.Signals) -> None:
    data_dir = tmp_path / "data"
    demo_file = data_dir / "demo.json"
    with running(data_dir, PORT=str(free_port()), TRACKERS="3") as process:
        wait_until(lambda: is_written(demo_file, process), "demo.json", START_TIMEOUT_S)
        assert stat.S_IMODE(demo_file.stat().st_mode) == 0o600
        demo = json.loads(demo_file.read_text())
        assert [tracker["device_id"] for tracker in demo["trackers"]] == ["demo-0001", "demo-0002", "demo-0003"]
        wait_until(lambda: states(demo) == ["active"] * 3, "the fleet reports", START_TIMEOUT_S)
        process.send_signal(ending)
        assert process.wait(PATIENCE_S) == 0
    assert processes_of(data_dir) == []


def test_first_run_prints_a_dozen_lines_without_warnings(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(tmp_path / "data", PORT=str(free_port())) as process:
        wait_until(lambda: process.poll() is not None or "administrator" in log.read_text(), "ready", START_TIMEOUT_S)
        printed = [line for line in log.read_text().splitlines() if line.strip()]
    assert any("Fleetsphere is ready" in line for line in printed)
    assert len(printed) <= 14, printed
    assert [line for line in printed if "warning" in line.lower()] == []


@needs_faketime
def test_run_is_ready_under_another_clock(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    moved = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+1d"}
    with running(data_dir, PORT=str(free_port()), TRACKERS="1", SIMULATE="0", **moved) as process:
        wait_until(lambda: is_written(data_dir / "demo.json", process), "demo.json", START_TIMEOUT_S)


@needs_faketime
@pytest.mark.parametrize("clock", ["+1d", "-1d"])
@pytest.mark.parametrize("leaves_monotonic", ["0", "1"])
def test_server_is_waited_for_under_another_clock(tmp_path: Path, clock: str, leaves_monotonic: str) -> None:
    moved = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": leaves_monotonic}
    with LateServer() as port:
        # All of a run would take minutes here: threads of a program whose monotonic clock is left alone hand over late.
        command = [sys.executable, "-c", WAIT, str(port), str(tmp_path)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **moved}, check=True, timeout=START_TIMEOUT_S)
    assert json.loads((tmp_path / "demo.json").read_text()) == DEMO


DEMO = {"login": "demo", "password": "secret", "admin_login": "admin", "admin_password": "secret"}
WAIT = f"""
import sys
from pathlib import Path
from config.supervisor import Plan, announce_when_ready
plan = Plan(port=int(sys.argv[1]), data_dir=Path(sys.argv[2]), trackers=1, simulates=False)
announce_when_ready(plan, {DEMO!r})
"""


class LateServer:
    """Answers that it is not ready, and the third time that it is."""

    def __init__(self) -> None:
        statuses = iter([503, 503])

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(next(statuses, 200))
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> int:
        self._thread.start()
        return self._server.server_port

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def states(demo: dict[str, str]) -> list[str]:
    """The connection status of each demo tracker, through the API as an integrator asks for it."""
    login = {"login": demo["login"], "password": demo["password"]}
    credential = httpx.post(f"{demo['url']}/user/auth", json=login, timeout=PATIENCE_S).json()["hash"]
    ids = [tracker["tracker_id"] for tracker in demo["trackers"]]
    answer = httpx.post(
        f"{demo['url']}/tracker/get_states", json={"hash": credential, "trackers": ids}, timeout=PATIENCE_S
    )
    return [state["connection_status"] for state in answer.json()["states"].values()]


def test_run_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with running(tmp_path / "data", PORT=str(other.getsockname()[1])) as process:
            assert process.wait(PATIENCE_S) == 1
    assert "is taken" in (tmp_path / "log").read_text()
