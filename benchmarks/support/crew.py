"""The product as `serve` runs it: workers that share one port. For the process that runs a benchmark."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.support.processes import ROOT, running

START_TIMEOUT_S = 90


@contextmanager
def serving(
    env: Mapping[str, str], *options: str, checkout: Path = ROOT
) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """`serve` with its workers: the parent, the site's port and that of the devices' door."""
    site, door = free_port(), free_port()
    command = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{site}", "--devices-port", str(door)]
    with running([*command, *options], env, folder=checkout) as parent:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (_answers(site) and _answers(door)):
            if time.monotonic() > deadline:
                raise TimeoutError("serve did not start")
            time.sleep(0.1)
        yield parent, site, door


def workers_of(parent: subprocess.Popen[str]) -> list[int]:
    """The process ids of the workers."""
    return [int(pid) for pid in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]


def free_port() -> int:
    """A port of this machine on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    """Whether a worker is ready there: an unready one leaves who connects waiting."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return line.recv(12).endswith(b"200")
    except OSError:
        return False
