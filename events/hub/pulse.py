"""Pulse: which connections may be due for a heartbeat, so that nobody looks at the others."""

from __future__ import annotations

from datetime import datetime

from events.clients.client import Client
from events.clients.wheel import Wheel

# Who wishes for longer silences is looked at in between: so many seconds are there at most.
LONGEST_S = 3600.0


class Pulse:
    """A client stands in the second in which its connection can have been silent for long enough.

    What is sent meanwhile moves nobody: whoever is looked at too early is put into a later second.
    """

    def __init__(self) -> None:
        self._wheel: Wheel[Client] = Wheel()

    def watch(self, client: Client, now: datetime, steady_s: float) -> None:
        """Looks at a client that has a new connection, in time for its next heartbeat."""
        wait_s = client.outbox.silence_left_s(now)
        if wait_s is not None:
            self._wheel.put(client, steady_s + min(wait_s, LONGEST_S))

    def forget(self, client: Client) -> None:
        """Looks at it no longer."""
        self._wheel.forget(client)

    def beat(self, now: datetime, steady_s: float) -> None:
        """Fills the silence of those that are due. To be called every second or so."""
        for client in self._wheel.take(steady_s):
            client.outbox.beat(now)
            self.watch(client, now, steady_s)
