"""The clock by which silence is judged: it does not take a clock that was set for time that passed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

# Clocks that are kept right are set by less.
JUMP = timedelta(seconds=5)


class SilenceClock:
    """Holds back a server's clock that was set forward, for as long as what was heard before counts.

    Else all sources would be silent at once that reported a moment ago. When that time is over whoever still has
    something to say has said it by the new clock. A suspended machine looks the same when it wakes up.
    """

    def __init__(self, hold: timedelta) -> None:
        self._hold = hold
        self._last: tuple[datetime, timedelta] | None = None
        self._ahead = timedelta()
        self._until = timedelta()
        self.was_set_back = False
        """Whether the wall's clock was set back before the last reading."""

    def read(self, wall: datetime, steady: timedelta) -> datetime:
        """The time for judging silence, by the clock on the wall and one that never jumps."""
        self.was_set_back = False
        if self._last is not None:
            jump = (wall - self._last[0]) - (steady - self._last[1])
            if jump > JUMP:
                self._until = steady + self._hold
            self.was_set_back = jump < -JUMP
            if abs(jump) > JUMP:
                self._ahead = max(timedelta(), self._ahead + jump)
        self._last = wall, steady
        if steady >= self._until:
            self._ahead = timedelta()
        return wall - self._ahead
