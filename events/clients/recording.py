"""Recording: what happens to an account while the database is read, so that nothing read overrules what is newer."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from accounts.wire.errors import ApiError, ErrorCode
from events.protocol.subscription import Subscription
from trackers.engine.notices import StatesChanged

logger = logging.getLogger(__name__)

# What is heard of a large fleet in half a minute.
MAX_RECORDED_STATES = 200_000


class Recording:
    """Notices heard, and subscriptions that began to follow, while one reading is under way.

    Of no use when that takes too long.
    """

    def __init__(self) -> None:
        self.newcomers: set[tuple[Subscription[Any], int]] = set()
        """Pairs of subscription and source. What they were told was read after this began: the reading may be older."""
        self.is_over = asyncio.Event()
        self.notices: list[object] = []
        """Those that were not taken yet."""
        self.is_too_long = False
        self._states = 0

    def hear(self, notice: object) -> None:
        """Takes a notice down."""
        if self.is_too_long:
            return
        self._states += len(notice.states) if isinstance(notice, StatesChanged) else 1
        self.notices.append(notice)
        if self._states > MAX_RECORDED_STATES:
            self.is_too_long = True
            self.notices.clear()

    def take(self) -> list[object]:
        """The notices heard since the last call, in order. Raises ApiError DATABASE_UNAVAILABLE when it is too long."""
        if self.is_too_long:
            logger.warning("the database took so long to read that too much changed meanwhile")
            raise ApiError(ErrorCode.DATABASE_UNAVAILABLE)
        notices, self.notices, self._states = self.notices, [], 0
        return notices
