"""Turns for tests that run beside others, in several processes, and for those that a busy machine would disturb.

A test that is `alone` has the machine for itself. Beside one that waits in real time and is `calm` the first process
goes on with its tests, one after the other, while the others wait.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST = "gw0"


@contextmanager
def turn(directory: Path, process: str, *, alone: bool = False, calm: bool = False) -> Iterator[None]:
    """Waits until a test of this process may run. The crowd is held before the machine, by all who hold both."""
    if alone:
        with _held(directory / "machine", fcntl.LOCK_EX):
            yield
    elif process == FIRST and not calm:
        with _held(directory / "machine", fcntl.LOCK_SH):
            yield
    else:
        with (
            _held(directory / "crowd", fcntl.LOCK_EX if calm else fcntl.LOCK_SH),
            _held(directory / "machine", fcntl.LOCK_SH),
        ):
            yield


@contextmanager
def _held(path: Path, how: int) -> Iterator[None]:
    """Holds it alone or with others. Who waits to be alone stands at its gate, so that nobody overtakes for ever."""
    with path.with_suffix(".gate").open("w") as gate, path.open("w") as place:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(place, how)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
