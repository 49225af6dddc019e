"""Numbering of a client's events: which were given out, and which of them a client can have lost."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from events.protocol.numbering import Place, number_of, numbered


class Numbering:
    """Numbers the events of one client that asked for it, over all its logins.

    Messages are sent in order and before what is taken later, so numbers leave in order, whatever they are given to.
    """

    def __init__(self, place: Place | None = None) -> None:
        """Goes on behind `place`, or begins."""
        self._epoch = place.epoch if place else secrets.token_urlsafe(12)
        self._last = place.number if place else 0
        # The last one that left over a connection before this one: what came after that comes over this one.
        self._left_before = self._last

    @property
    def place(self) -> Place:
        return Place(self._epoch, self._last)

    def number(self, event: str) -> str:
        """The event with the next number."""
        self._last += 1
        return numbered(event, self._last)

    def begin_connection(self, waiting: Iterable[str]) -> None:
        """A new connection begins, over which those that wait are sent first."""
        self._left_before = self._last_that_left(waiting)

    def has_lost_nothing(self, heard: Place, waiting: Iterable[str], *, is_push: bool) -> bool:
        """Whether a client that heard so much hears all the rest; false where nobody can know.

        What it says over its connection it says of the connections before. A push says nothing of the connection
        that is there: it may be dead. Then all that left counts.
        """
        needed = self._last_that_left(waiting) if is_push else self._left_before
        return heard.epoch == self._epoch and needed <= heard.number <= self._last

    def _last_that_left(self, waiting: Iterable[str]) -> int:
        return self._last - sum(number_of(message) is not None for message in waiting)
