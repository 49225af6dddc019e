"""Pulse: which connections may be due for a heartbeat, so that nobody looks at the others."""

from __future__ import annotations

import math
from datetime import datetime

from events.clients.client import Client

# Who wishes for longer silences is looked at in between: so many seconds are there at most.
LONGEST_S = 3600.0


class Pulse:
    """Wheel of seconds: a client stands in the one in which its connection can have been silent for long enough.

    What is sent meanwhile moves nobody: whoever is looked at too early is put into a later second. The seconds are
    those of a clock that never jumps, whatever the clock on the wall does.
    """

    def __init__(self) -> None:
        self._at: dict[Client, int] = {}
        self._wheel: dict[int, dict[Client, None]] = {}

    def watch(self, client: Client, now: datetime, steady_s: float) -> None:
        """Looks at a client that has a new connection, in time for its next heartbeat."""
        wait_s = client.outbox.silence_left_s(now)
        if wait_s is None:
            return
        second = math.ceil(steady_s + min(wait_s, LONGEST_S))
        if second < self._at.get(client, math.inf):
            self.forget(client)
            self._at[client] = second
            self._wheel.setdefault(second, {})[client] = None

    def forget(self, client: Client) -> None:
        """Looks at it no longer."""
        second = self._at.pop(client, None)
        if second is not None:
            del self._wheel[second][client]

    def beat(self, now: datetime, steady_s: float) -> None:
        """Fills the silence of those that are due. To be called every second or so."""
        for second in [one for one in self._wheel if one <= steady_s]:
            for client in self._wheel.pop(second):
                del self._at[client]
                client.outbox.beat(now)
                self.watch(client, now, steady_s)
