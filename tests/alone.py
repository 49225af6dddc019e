"""Turns for tests that run beside others, in several processes, and for those that need the machine for themselves."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(directory: Path, *, alone: bool) -> Iterator[None]:
    """Waits until no test that is to be alone runs; or, to be alone itself, until none runs at all.

    Who waits to be alone stands at the gate, so that those who come later do not overtake it again and again.
    """
    with (directory / "gate").open("w") as gate, (directory / "running").open("w") as running:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
