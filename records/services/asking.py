"""Servers of others that are asked: within a time, a size, and no more often than told."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from accounts.wire.errors import first_line

logger = logging.getLogger(__name__)

TIMEOUT_S = 5.0


class Unanswered(Exception):
    """There is no answer: the server failed, or too much is asked at once."""


class TooMuchAtOnce(Unanswered):
    """Nobody was asked, as others are being answered."""


class Pace:
    """Lets so many questions through in a second; the others are not kept waiting."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._second, self._count = 0, 0

    def take(self) -> bool:
        """Whether one more may be asked now."""
        second = int(time.monotonic())
        with self._lock:
            if second != self._second:
                self._second, self._count = second, 0
            self._count += 1
            return self._count <= self._most()


def ask(name: str, url: str, pace: Pace, *, most_bytes: int) -> Any:
    """What a server says, as JSON. Raises Unanswered; the log says why, by the server's `name`."""
    if not pace.take():
        logger.info("%s is not asked: too much at once", name)
        raise TooMuchAtOnce
    try:
        with urlopen(Request(url, headers={"User-Agent": "Fleetsphere"}), timeout=TIMEOUT_S) as answer:
            return json.loads(answer.read(most_bytes))
    except HTTPError as error:
        error.close()
        logger.warning("%s does not answer: %s", name, first_line(error))
        raise Unanswered from error
    except (OSError, ValueError) as error:
        logger.warning("%s does not answer: %s", name, first_line(error))
        raise Unanswered from error
