"""The units of deploy/systemd, started as systemd starts them, on a package that lies elsewhere."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
from pathlib import Path
from typing import IO

from tests.end_to_end.servers import ROOT

UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/opt/fleetsphere/current/bin/fleetsphere"


def read_environment(text: str) -> dict[str, str]:
    """The variables of a file as systemd reads it: a line each, quotes around a value taken off."""
    pairs = re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)
    return {name: re.sub(r"^(['\"])(.*)\1$", r"\2", value) for name, value in pairs}


def directive(unit: str, name: str) -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)
    return str(value)


def command_of(unit: str, fleetsphere: Path, environment: dict[str, str]) -> list[str]:
    """The words of ExecStart; a `$NAME` that stands alone is split into words."""
    words: list[str] = []
    for word in shlex.split(directive(unit, "ExecStart")):
        words += environment.get(word[1:], "").split() if word.startswith("$") else [word]
    assert words[0] == INSTALLED
    return [str(fleetsphere), *words[1:]]


def start_unit(
    unit: str,
    fleetsphere: Path,
    environment: dict[str, str],
    output: IO[bytes],
    *,
    listener: socket.socket | None = None,
) -> subprocess.Popen[bytes]:
    """The unit's process, with nothing but its environment, and the socket of its .socket unit as descriptor 3."""
    command = command_of(unit, fleetsphere, environment)
    if listener is None:
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=environment["DATA_DIR"])
    passing = ["bash", "-c", f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"', "systemd"]
    return subprocess.Popen(
        [*passing, *command],
        env={"PATH": os.environ["PATH"], **environment},
        stdout=output,
        stderr=output,
        cwd=environment["DATA_DIR"],
        pass_fds=[listener.fileno()],
    )
