"""What the package for any server of the protocol says of this one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.servers import Daphne
from tests.patience import PATIENCE_S

PACKAGE = Path(__file__).resolve().parents[2] / "conformance"


def test_server_passes_the_package_for_any_server(server: Daphne) -> None:
    # An answer to what is no command of the product says what came, with characters beyond the first plane in it.
    options = ["--push", '{"é😀":1}', "--timeout", str(PATIENCE_S)]
    command = [
        sys.executable,
        "-m",
        "atmosphere_conformance",
        f"ws://127.0.0.1:{server.port}/event/subscription",
        *options,
    ]
    told = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=5 * PATIENCE_S, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert " 0 failed, 1 not asked" in told.stdout
