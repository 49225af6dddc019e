"""Turns for tests that run beside others, in several processes, and for those that a busy machine would disturb.

A test that is `alone` has the machine for itself. Beside one that waits in real time and is `calm` two processes go on
with their tests, one after the other, while the others wait.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

BESIDE = 2


@contextmanager
def turn(directory: Path, *, alone: bool = False, calm: bool = False) -> Iterator[None]:
    """Waits until a test may run. The crowd is held before the machine, by all who hold both."""
    with ExitStack() as held:
        places = (held.enter_context(_tried(directory / f"beside-{number}")) for number in range(BESIDE))
        if not alone and (calm or not any(places)):
            held.enter_context(_held(directory / "crowd", fcntl.LOCK_EX if calm else fcntl.LOCK_SH))
        held.enter_context(_held(directory / "machine", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield


@contextmanager
def _tried(path: Path) -> Iterator[bool]:
    """Holds it if nobody else does; whether it is held."""
    with path.open("w") as place:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _held(path: Path, how: int) -> Iterator[None]:
    """Holds it alone or with others. Who waits to be alone stands at its gate, so that nobody overtakes for ever."""
    with path.with_suffix(".gate").open("w") as gate, path.open("w") as place:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(place, how)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
