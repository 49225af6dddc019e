"""What the package for any server of the protocol says of this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.servers import Daphne
from tests.patience import PATIENCE_S
from tests.ports import free_port

PACKAGE = Path(__file__).resolve().parents[2] / "conformance"


def judge(port: int, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "atmosphere_conformance", f"ws://127.0.0.1:{port}/event/subscription", *options]
    return subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=5 * PATIENCE_S, check=False)


def test_server_passes_the_package_for_any_server(server: Daphne) -> None:
    # An answer to what is no command of the product says what came, with characters beyond the first plane in it.
    told = judge(server.port, "--push", '{"é😀":1}', "--timeout", str(PATIENCE_S))
    assert told.returncode == 0, told.stdout + told.stderr
    assert " 0 failed, 1 not asked" in told.stdout


def test_nobody_is_no_verdict() -> None:
    told = judge(free_port())
    assert told.returncode == 2
    assert told.stdout == ""
