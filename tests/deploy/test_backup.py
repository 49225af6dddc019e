"""A backup that is made while reports come in has every report that was answered before it began."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from benchmarks.support.postgres import postgres, server_programs
from tests.deploy.documented import block
from tests.end_to_end.servers import ROOT, Daphne, command_environment, wait_until
from tests.patience import PATIENCE_S

VANS = 200
# Enough to be surely in the middle of them.
BEFORE_BACKUP = 40
PROGRAMS = server_programs() if find_spec("psycopg") else None

needs_postgresql = pytest.mark.skipif(PROGRAMS is None, reason="there are no programs of PostgreSQL, or no psycopg")


def manage(database: str, data_dir: Path, *arguments: str) -> str:
    environment = command_environment({"DATABASE_URL": database, "DATA_DIR": str(data_dir)})
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def serving(database: str, data_dir: Path, log: Path) -> Iterator[Daphne]:
    with Daphne({"DATABASE_URL": database, "DATA_DIR": str(data_dir), "REDIS_URL": ""}, log) as server:
        yield server


class Reporting:
    """Devices that report one after the other until the end of the block; the answered ones (200) are known."""

    def __init__(self, server: Daphne, devices: list[str]) -> None:
        self.answered: list[str] = []
        self._server = server
        self._devices = devices
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._report)

    def _report(self) -> None:
        with httpx.Client(base_url=self._server.url, timeout=PATIENCE_S) as client:
            for device in itertools.cycle(self._devices):
                if self._stopping.is_set():
                    return
                if client.get("/ingest/osmand", params={"id": device, "lat": 47.5, "lon": 19}).status_code == 200:
                    self.answered.append(device)

    def __enter__(self) -> Reporting:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping.set()
        self._thread.join()


def located(server: Daphne, demo: dict[str, str]) -> set[str]:
    """The devices of which the server knows where they are, as a client is told."""
    login = {"login": demo["login"], "password": demo["password"]}
    credential = httpx.post(f"{server.url}/user/auth", json=login, timeout=PATIENCE_S).json()["hash"]
    devices = {str(one["tracker_id"]): one["device_id"] for one in demo["trackers"]}
    query = {"hash": credential, "trackers": [int(tracker_id) for tracker_id in devices]}
    states = httpx.post(f"{server.url}/tracker/get_states", json=query, timeout=PATIENCE_S).json()["states"]
    return {devices[tracker_id] for tracker_id, state in states.items() if state["gps"]["updated"]}


def back_up_under_load(database: str, data_dir: Path, back_up: list[str], environment: dict[str, str]) -> tuple:
    """Runs a backup amid reports; what the fleet is, and who had been answered before it began."""
    manage(database, data_dir, "migrate", "--verbosity=0")
    demo = json.loads(manage(database, data_dir, "demo_fleet", f"--trackers={VANS}", "--json"))
    with (
        serving(database, data_dir, data_dir / "log") as server,
        Reporting(server, [one["device_id"] for one in demo["trackers"]]) as reporting,
    ):
        wait_until(lambda: len(reporting.answered) >= BEFORE_BACKUP, "reports")
        answered = set(reporting.answered)
        run(back_up, data_dir, environment)
        during = len(reporting.answered)
        wait_until(lambda: len(reporting.answered) > during, "reports after the backup")
    return demo, answered


def run(lines: list[str], directory: Path, environment: dict[str, str]) -> None:
    for line in lines:
        subprocess.run(line, shell=True, cwd=directory, env={**os.environ, **environment}, check=True, timeout=120)


def test_sqlite_backup_has_what_was_answered(tmp_path: Path) -> None:
    back_up = block("sqlite3").replace("python3", sys.executable).splitlines()
    demo, answered = back_up_under_load(f"sqlite:///{tmp_path}/db.sqlite3", tmp_path, back_up, {})
    with serving(f"sqlite:///{tmp_path}/fleetsphere.sqlite3", tmp_path, tmp_path / "log") as restored:
        assert answered <= located(restored, demo)


@needs_postgresql
def test_postgresql_backup_has_what_was_answered(tmp_path: Path) -> None:
    assert PROGRAMS is not None
    # Its server runs as another user, who may not enter the directories of the tests.
    with TemporaryDirectory() as directory, postgres(PROGRAMS, Path(directory) / "cluster") as maintenance:
        database = f"{maintenance.removesuffix('postgres')}fleetsphere"
        where = {"PGHOST": unquote(urlsplit(maintenance).hostname or ""), "PGUSER": "fleetsphere"}
        restore = block("pg_restore").splitlines()
        run(restore[:2], tmp_path, where)
        demo, answered = back_up_under_load(database, tmp_path, block("pg_dump").splitlines(), where)
        run(restore, tmp_path, where)
        with serving(database, tmp_path, tmp_path / "log") as restored:
            assert answered <= located(restored, demo)
