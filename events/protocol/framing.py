"""The text around messages: handshake, length prefix, heartbeat (protocol sheet 2 to 4)."""

from __future__ import annotations

DELIMITER = "|"
HEARTBEAT = "X"


def handshake(tracking_id: str, client_heartbeat_ms: int) -> str:
    """What a client that speaks the protocol reads first: its id, its heartbeat interval, the heartbeat."""
    return f"{tracking_id}|{client_heartbeat_ms}|{HEARTBEAT}|"


def with_length(message: str) -> str:
    """A message behind its length in UTF-16 code units, which is what Java and JavaScript count."""
    return f"{utf16_length(message)}|{message}"


def utf16_length(text: str) -> int:
    """The number of UTF-16 code units of a text; an unpaired surrogate counts as one."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
