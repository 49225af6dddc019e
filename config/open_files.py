"""How many files this process may have open: connections are files too, and shells allow a thousand."""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

# What a server opens beside connections of clients: databases, the broker, pages that it serves.
FOR_OURSELVES = 64
# Connections that are taken when there is room for no more, to answer those who watch over the process.
FOR_PROBES = 32
# To count thousands of open files takes milliseconds.
COUNT_INTERVAL_S = 0.2
LISTINGS = ("/proc/self/fd", "/dev/fd")


def raise_limit() -> int:
    """As many open files as this process may allow itself; the limit that holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as error:
        # macOS says that there is no limit, and has one.
        logger.warning("no more than %s files may be open: %s", soft, error)
        return soft
    return hard


def count_open_files() -> int | None:
    """How many are open; None where the system does not tell."""
    listing = next((path for path in LISTINGS if Path(path).is_dir()), None)
    return len(os.listdir(listing)) if listing else None


class Room:
    """Room for connections of clients under a limit of open files.

    Those that were let in since the last count are taken for open, so that it is counted anew only where there seems
    to be no room left.
    """

    def __init__(self, limit: int, count: Callable[[], int]) -> None:
        self.limit = limit
        self._count = count
        self._open = count()
        self._count_again_at = 0.0

    @property
    def left(self) -> int:
        """How many more connections there is room for, as far as is known."""
        return max(0, self.limit - FOR_OURSELVES - FOR_PROBES - self._open)

    def take(self, *, beside: int, now: float) -> bool:
        """Whether one more connection may be let in; `beside` how many are open of those kept for probes."""
        if not self.left and now >= self._count_again_at:
            self._open = self._count() - beside
            self._count_again_at = now + COUNT_INTERVAL_S
        if not self.left:
            return False
        self._open += 1
        return True
