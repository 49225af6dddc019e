"""A PostgreSQL of a test's own: killed, frozen and restarted without harm to anybody else's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import pytest

_OWNER = "postgres"
PROGRAMS = max(
    (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    key=lambda folder: float(folder.parent.name),
    default=None,
)

needs_postgres = pytest.mark.skipif(
    PROGRAMS is None or find_spec("psycopg") is None, reason="there is no PostgreSQL server, or no psycopg"
)


class Postgres:
    """A cluster on a socket in a directory, which goes away with it."""

    def __init__(self, *, prefix: Sequence[str] = (), host: str = "", clients: str = "") -> None:
        """With a prefix its command is another's argument; with a host it listens there too, to these clients."""
        assert PROGRAMS is not None
        self._prefix, self._host = prefix, host
        self._programs = PROGRAMS
        # Its owner may not enter the directories of pytest.
        self._directory = Path(tempfile.mkdtemp(prefix="fleetsphere-postgres."))
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            shutil.chown(self._directory, _OWNER, _OWNER)
        self._run("initdb", "-U", "fleetsphere", "-A", "trust")
        if clients:
            with (self._directory / "data" / "pg_hba.conf").open("a") as permissions:
                permissions.write(f"host all all {clients} trust\n")

    @property
    def socket(self) -> Path:
        return self._directory / ".s.PGSQL.5432"

    def start(self) -> None:
        listen = f"-c listen_addresses='{self._host}' -c unix_socket_directories={self._directory}"
        options = f"{listen} -c max_connections=200"
        self._run("pg_ctl", "-s", "-w", "-l", str(self._directory / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Ends it as a power cut would; what it had committed is there when it starts again."""
        self.thaw()
        self._run("pg_ctl", "-s", "-w", "-m", "immediate", "stop")

    def freeze(self) -> None:
        """Lets it hang, with each of its processes: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
        shutil.rmtree(self._directory)

    def _signal(self, number: signal.Signals) -> None:
        first = int((self._directory / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for pid in (first, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _run(self, program: str, *arguments: str) -> None:
        as_owner = ["setpriv", f"--reuid={_OWNER}", f"--regid={_OWNER}", "--clear-groups"]
        command = [*self._prefix, *(as_owner if os.geteuid() == 0 else []), str(self._programs / program)]
        data = ["-D", str(self._directory / "data")]
        subprocess.run([*command, *data, *arguments], check=True, cwd=self._directory, stdout=subprocess.DEVNULL)
