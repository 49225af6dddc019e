"""What reaches the log, and how: strangers can make neither it nor its lines as long as they like."""

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from accounts.wire.characters import escape

WINDOW_S = 60.0
MOST_LINES = 20
MOST_CHARACTERS = 2_000
# A request that is refused there was understood; where in Django that happened tells nobody anything.
REFUSALS = "django.security"
# The address of a share link is its key.
SHARE_LINK = re.compile(r"(/share/)[0-9A-Za-z]+")
# What members of the staff do is written down, however much it is.
AUDITS = frozenset({"events.admin"})


class LayerOutageFilter(logging.Filter):
    """Turns the traceback that the pub/sub layer logs each second while its broker is away into one line.

    The hub says once that the layer is silent and once that it is back; a fault that is none of the broker's
    keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, (RedisError, OSError))


@dataclass(slots=True)
class _Window:
    begins_at: float
    lines: int = 0
    left_out: int = 0


class FloodFilter(logging.Filter):
    """Lets each place in the code write twenty lines a minute; the first one of the next minute tells of the others.

    Each refused request and, in an outage, each request at all may be worth a line, and anybody may send them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        # By places in code, so there are no more than the code has.
        self._windows: dict[tuple[str, int], _Window] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(REFUSALS):
            record.exc_info = record.exc_text = None
        if record.name in AUDITS:
            return True
        with self._lock:
            left_out = self._take((record.pathname, record.lineno))
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} lines like this were left out)", None
        return left_out is not None

    def _take(self, place: tuple[str, int]) -> int | None:
        """How many lines were left out since the last one; None if this one is."""
        now = self._clock()
        window = self._windows.setdefault(place, _Window(now))
        before = 0
        if now - window.begins_at >= WINDOW_S:
            before = window.left_out
            window = self._windows[place] = _Window(now)
        if window.lines >= MOST_LINES:
            window.left_out += 1
            return None
        window.lines += 1
        return before


class LineFormatter(logging.Formatter):
    """Writes a message that quotes a stranger so that it is seen to be one: cut, and without line ends of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        text = _without_keys(record.message)
        if len(text) > MOST_CHARACTERS:
            text = f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"
        record.message = "\n    ".join(escape(line) for line in text.split("\n"))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return escape(_without_keys(super().formatException(ei)), keep="\n")


def _without_keys(text: str) -> str:
    return SHARE_LINK.sub(r"\1...", text)
