"""The text around messages: handshake, length prefix, heartbeat, and what each transport adds (atmosphere §2 to §5)."""

from __future__ import annotations

import json
import re

HEARTBEAT = "X"
# What legacy browsers must see before anything else of a stream, and of a poll that is held (atmosphere §5.1, §5.2).
STREAM_PADDING = " " * 2048 + "\n"
POLL_PADDING = "\n"
# The name of the only field that server-sent events have here.
FIELD_NAME = "data:"
# A server-sent comment: no event for anybody.
EMPTY_EVENT = ":\r\n\r\n"
# Server-sent events know three line breaks, and all of them arrive as a line feed.
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


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


def with_single_breaks(message: str) -> str:
    """A message with each line break as one line feed, as an event stream delivers it: to be done before counting."""
    return _LINE_BREAK.sub("\n", message) if "\r" in message else message


def sse_event(text: str) -> str:
    """A server-sent event of the default type: a `data:` field for each line, and a blank line (atmosphere §5.3)."""
    # Nearly all texts have no break, and looking costs a tenth of the splitting.
    lines = _LINE_BREAK.split(text) if "\n" in text or "\r" in text else [text]
    # A browser drops one space behind the colon; a line that begins with one needs another.
    return "".join(f"{FIELD_NAME}{' ' * line.startswith(' ')}{line}\r\n" for line in lines) + "\r\n"


def jsonp_call(callback: str, text: str) -> str:
    """A script that hands the text to the client's function (atmosphere §5.5).

    In ASCII, as a script may not hold every character that JSON may.
    """
    return f'{callback}({{"message" : {json.dumps(text)}}});'
