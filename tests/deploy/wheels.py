"""The package, built and installed as on a machine that has nothing of the checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.end_to_end.servers import ROOT

BUILD_TIMEOUT_S = 120


def build_wheel(directory: Path) -> Path:
    """Builds the wheel into a directory, as `make wheel` does."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=BUILD_TIMEOUT_S)
    (wheel,) = directory.glob("*.whl")
    return wheel


def install_wheel(wheel: Path, directory: Path) -> Path:
    """A venv with the wheel in it, and what it depends on; the path of its `fleetsphere`.

    What it depends on is borrowed from the tests' own environment: nothing is downloaded.
    """
    venv.create(directory, with_pip=False, symlinks=True)
    (packages,) = directory.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    python = str(directory / "bin" / "python")
    options = ["install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *options], check=True, timeout=BUILD_TIMEOUT_S)
    return directory / "bin" / "fleetsphere"
