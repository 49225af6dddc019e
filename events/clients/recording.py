"""Recording: what happens to an account while the database is read, so that nothing read overrules what is newer."""

from __future__ import annotations

import asyncio
from typing import Any

from events.protocol.subscription import Subscription


class Recording:
    """Notices heard, and subscriptions that began to follow, while one reading is under way."""

    def __init__(self) -> None:
        self.newcomers: set[tuple[Subscription[Any], int]] = set()
        """Pairs of subscription and source. What they were told was read after this began: the reading may be older."""
        self.is_over = asyncio.Event()
        self._notices: list[object] = []

    def hear(self, notice: object) -> None:
        self._notices.append(notice)

    def take(self) -> list[object]:
        """The notices heard since the last call, in order."""
        notices, self._notices = self._notices, []
        return notices

    def __bool__(self) -> bool:
        """Whether anything was heard."""
        return bool(self._notices)
