"""Work that no request waits for, done in turn by one thread of the process; what is left when that ends is lost."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from functools import cache

from django.db import connections

logger = logging.getLogger(__name__)

MAX_WAITING = 1000

waiting: queue.Queue[Callable[[], None]] = queue.Queue(MAX_WAITING)


def do_later(task: Callable[[], None]) -> None:
    """Has something done soon; dropped, with a line in the log, when too much waits already."""
    _start_worker()
    try:
        waiting.put_nowait(task)
    except queue.Full:
        logger.warning("too much waits to be done in the background; something was dropped")


@cache
def _start_worker() -> None:
    threading.Thread(target=_work, name="background", daemon=True).start()


def _work() -> None:
    while True:
        task = waiting.get()
        try:
            task()
        except Exception:
            logger.exception("unexpected error in the background")
        finally:
            connections.close_all()
            waiting.task_done()
