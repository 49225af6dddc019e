"""The page's pure modules, in node's own test runner: `*.test.js` beside this file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

HERE = Path(__file__).resolve().parent
NODE = shutil.which("node", path=f"{os.environ.get('PATH', '')}{os.pathsep}{Path(sys.executable).parent}")


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.js")))
def test_pure_modules_of_the_page(name: str) -> None:
    assert NODE is not None
    run = subprocess.run([NODE, "--test", str(HERE / name)], capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode == 0, run.stdout
