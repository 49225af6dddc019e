"""A PostgreSQL cluster of a benchmark's own: on a unix socket, or on a port of 127.0.0.1, and gone with the run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from benchmarks.support.processes import family_cpu_s

OWNER = "postgres"
USER = "fleetsphere"


def server_programs() -> Path | None:
    """Where the newest PostgreSQL of this machine has its programs."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=lambda folder: float(folder.parent.name), default=None)


@contextmanager
def postgres(programs: Path, folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of a database in a new cluster. It flushes to disk at each commit, as in earnest.

    It listens on a unix socket, and on a port of 127.0.0.1 if one is named, which the address then has.
    """
    folder.mkdir()
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(folder, OWNER, OWNER)
        folder.parent.chmod(0o755)
    data = str(folder / "data")
    _run([str(programs / "initdb"), "-D", data, "-U", USER, "-A", "trust"], folder)
    listens = f"-c listen_addresses=127.0.0.1 -c port={port}" if port else "-c listen_addresses=''"
    options = f"{listens} -c unix_socket_directories={folder}"
    _run([str(programs / "pg_ctl"), "-D", data, "-s", "-w", "-l", str(folder / "log"), "-o", options, "start"], folder)
    try:
        yield f"postgres://{USER}@{f'127.0.0.1:{port}' if port else quote(str(folder), safe='')}/postgres"
    finally:
        _run([str(programs / "pg_ctl"), "-D", data, "-s", "-m", "immediate", "stop"], folder)


def postgres_cpu_s(folder: Path) -> float:
    """CPU seconds that all processes of the cluster in that folder have used, ended ones too."""
    return family_cpu_s(int((folder / "data" / "postmaster.pid").read_text().split()[0]))


def _run(command: Sequence[str], folder: Path) -> None:
    as_owner = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*as_owner, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)
