"""What others are asked while nobody waits: one question after the other, by a thread that ends when none is left."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from django.db import Error, connections

from accounts.metrics.registry import counter
from accounts.wire.errors import first_line
from records.services.asking import TooMuchAtOnce, Unanswered

logger = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""What comes when so many wait is left; who wants it still asks again."""
PAUSE_S = 60.0
"""Nobody is asked for so long after no answer came."""
MAX_REMEMBERED = 10_000
REMEMBERED_S = 3600.0
"""For so long nobody is asked again what had no answer."""

_lookups = counter(
    "geocoder_background_lookups", "Addresses asked for while nobody waited, by what came of it.", "outcome"
)
for _outcome in ("found", "none", "failed", "left"):
    _lookups.labels(_outcome)
Question = TypeVar("Question", bound=Hashable)


class Backlog(Generic[Question]):
    """Questions that wait. What is left when the process ends is lost: who wants it still asks again."""

    def __init__(self, ask: Callable[[Question], bool], interval_s: Callable[[], float]) -> None:
        """`ask` says whether there is an answer, which it keeps, and raises Unanswered when nobody answers."""
        self._ask, self._interval_s = ask, interval_s
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Question, None] = OrderedDict()
        self._in_vain: OrderedDict[Question, float] = OrderedDict()
        self._closed_until_s = 0.0
        self._thread: threading.Thread | None = None

    def add(self, questions: Iterable[Question]) -> None:
        """Has them asked, as far as there is room, but for those that were asked in vain lately."""
        now_s = time.monotonic()
        with self._lock:
            if now_s < self._closed_until_s:
                return
            for question in questions:
                if now_s < self._in_vain.get(question, 0.0):
                    continue
                if len(self._waiting) >= MAX_WAITING:
                    _lookups.labels("left").inc()
                    break
                self._waiting[question] = None
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="backlog", daemon=True)
                self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Waits until nothing is asked any more."""
        if (thread := self._thread) is not None:
            thread.join(timeout_s)

    def _work(self) -> None:
        try:
            while (question := self._next()) is not None:
                self._settle(question)
                time.sleep(self._interval_s())
        finally:
            connections.close_all()
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None

    def _next(self) -> Question | None:
        with self._lock:
            if not self._waiting:
                self._thread = None
                return None
            return self._waiting.popitem(last=False)[0]

    def _settle(self, question: Question) -> None:
        try:
            is_answered = self._ask(question)
        except TooMuchAtOnce:
            with self._lock:
                self._waiting[question] = None
            return
        except (Unanswered, Error) as error:
            _lookups.labels("failed").inc()
            self._pause(error)
            return
        _lookups.labels("found" if is_answered else "none").inc()
        if not is_answered:
            self._remember(question)

    def _pause(self, error: Exception) -> None:
        logger.info("%s questions are dropped for a minute: %s", len(self._waiting) + 1, first_line(error))
        with self._lock:
            self._waiting.clear()
            self._closed_until_s = time.monotonic() + PAUSE_S

    def _remember(self, question: Question) -> None:
        with self._lock:
            self._in_vain[question] = time.monotonic() + REMEMBERED_S
            if len(self._in_vain) > MAX_REMEMBERED:
                self._in_vain.popitem(last=False)
