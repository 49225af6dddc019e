"""Silence of websockets: who is to be pinged, or was and does not answer, without a look at all the others."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Protocol

from accounts.loops import PerLoop
from events.clients.wheel import Wheel

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """What may pass before something is done, in seconds."""

    ping_s: float
    """Until a websocket that says nothing is pinged."""
    answer_s: float
    """Until an answer to that is missed."""


class Silence:
    """What one websocket said last and was asked since. Times are arguments, in seconds."""

    __slots__ = ("_asked_at", "_missed_at", "_patience", "_quiet_since", "_taken_at", "_unread")

    def __init__(self, patience: Patience, now: float) -> None:
        self._patience = patience
        # Of the ping that has waited longest for an answer, and when that is missed next.
        self._asked_at: float | None = None
        self._missed_at = 0.0
        self._quiet_since = self._taken_at = now
        self._unread = 0

    def hear(self, now: float) -> None:
        """It said something."""
        self._quiet_since = now
        self._asked_at = None

    def hear_answer(self) -> None:
        """It answered a ping, which puts the next one off no further."""
        self._asked_at = None

    def must_ask(self, now: float) -> bool:
        """Whether a ping is due; whoever is told so sends it."""
        if now - self._quiet_since < self._patience.ping_s:
            return False
        self._quiet_since = now
        if self._asked_at is None:
            self._asked_at = now
            self._missed_at = now + self._patience.answer_s
        return True

    def is_answer_missed(self, now: float) -> bool:
        """Whether an answer is missed; if that is borne, it is so again when the ping after it is not answered."""
        if self._asked_at is None or now < self._missed_at:
            return False
        self._missed_at += self._patience.ping_s
        return True

    def lasts_s(self, unread: int, now: float) -> float:
        """For how long a websocket that was asked has said nothing and taken nothing (`unread` bytes got no fewer)."""
        if unread < self._unread:
            self._taken_at = now
        self._unread = unread
        return now - max(self._asked_at or now, self._taken_at)

    def left_s(self, now: float) -> float:
        """For how long nothing has to be done unless something is heard."""
        next_ping_at = self._quiet_since + self._patience.ping_s
        return (next_ping_at if self._asked_at is None else min(next_ping_at, self._missed_at)) - now


class Listener(Protocol):
    """Who looks after the silence of one websocket."""

    def break_silence(self, now: float) -> float | None:
        """Does what is due, and says after how many seconds something may be due again; None: never."""

    def abort(self) -> None:
        """Ends the connection, whatever is still to be written."""


class Round:
    """Looks at each websocket of a loop when something may be due there.

    What is heard meanwhile moves nobody: whoever is looked at too early is put into a later second.
    """

    def __init__(self) -> None:
        self._wheel: Wheel[Listener] = Wheel()
        self._timer: asyncio.TimerHandle | None = None

    def join(self, listener: Listener, wait_s: float) -> None:
        """Looks at one after so many seconds, and from then on."""
        loop = asyncio.get_running_loop()
        self._wheel.put(listener, loop.time() + wait_s)
        if self._timer is None:
            self._timer = loop.call_later(0, self._go)

    def leave(self, listener: Listener) -> None:
        """Looks at it no longer."""
        self._wheel.forget(listener)

    def _go(self) -> None:
        loop = asyncio.get_running_loop()
        # In whole seconds, so that whoever is due after twenty is due in the twentieth.
        now = int(loop.time())
        self._timer = loop.call_at(now + 1, self._go)
        for listener in self._wheel.take(now):
            self._look(listener, now)

    def _look(self, listener: Listener, now: float) -> None:
        try:
            wait_s = listener.break_silence(now)
        except Exception:
            logger.exception("a websocket is cut: it could not be looked after, and would not be missed if it was dead")
            # By itself: the others of this second have their turn, whatever comes of it.
            asyncio.get_running_loop().call_soon(listener.abort)
            return
        if wait_s is not None:
            self._wheel.put(listener, now + wait_s)


current_round = PerLoop(Round)
