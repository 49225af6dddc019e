"""The Atmosphere conversation of one connection, whatever carries it: frames in and out, no I/O."""

from __future__ import annotations

from datetime import datetime, timedelta

from events.protocol.framing import HEARTBEAT, handshake, with_length
from events.protocol.parameters import ClientLine, Parameters

# Sent by a legacy client once after the handshake when it is told to acknowledge (sheet 1.4).
ACKNOWLEDGEMENT = "...ACK..."
# Around the path that a legacy client puts before a message with `dispatchUrl` (sheet 1.4).
DISPATCH_MARK = "@@"


class Connection:
    """Says which frames to send and which received text is a message. Times are arguments."""

    def __init__(
        self,
        parameters: Parameters,
        *,
        fresh_id: str,
        client_heartbeat_ms: int,
        server_heartbeat: timedelta,
    ) -> None:
        self.parameters = parameters
        self.tracking_id = parameters.tracking_id or fresh_id
        self._tracks_size = parameters.tracks_size
        self._client_heartbeat_ms = client_heartbeat_ms
        self._heartbeat = _heartbeat_interval(parameters, server_heartbeat)
        self._last_sent: datetime | None = None

    def open(self) -> list[str]:
        """What begins a websocket: a handshake, a heartbeat for a legacy client that is back, or nothing."""
        if not self.parameters.wants_protocol or self.parameters.is_outdated:
            return []
        if self.parameters.expects_handshake:
            return [handshake(self.tracking_id, self._client_heartbeat_ms)]
        # A legacy client calls its reopen handler at the first frame, and takes a second handshake for a message.
        return [HEARTBEAT] if self.parameters.line is ClientLine.LEGACY else []

    def receive(self, text: str) -> str | None:
        """The message in a frame from the client; None for a heartbeat and for other words of the protocol."""
        if text.strip() in (HEARTBEAT, ACKNOWLEDGEMENT):
            return None
        if text.startswith(DISPATCH_MARK):
            return text.split(DISPATCH_MARK, 2)[-1]
        return text

    def frame(self, message: str) -> str:
        """The frame that carries a message."""
        return with_length(message) if self._tracks_size else message

    def note_sent(self, now: datetime) -> None:
        """Restarts the heartbeat's clock: it only fills silence (sheet 3.1)."""
        self._last_sent = now

    def must_beat(self, now: datetime) -> bool:
        """Whether the connection has been silent for so long that a heartbeat is due."""
        if self._heartbeat is None:
            return False
        if self._last_sent is None:
            self._last_sent = now
        return now - self._last_sent >= self._heartbeat


def _heartbeat_interval(parameters: Parameters, server_heartbeat: timedelta) -> timedelta | None:
    """The client's wish, but not below the server's setting; a client without the protocol gets none."""
    if not parameters.wants_protocol or parameters.is_outdated or parameters.heartbeat_s == 0:
        return None
    return max(server_heartbeat, timedelta(seconds=parameters.heartbeat_s or 0))
