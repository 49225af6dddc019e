"""Close codes of a websocket (RFC 6455, section 7.4.1, and one of the range for applications), and what each says."""

from __future__ import annotations

CLOSE_NORMAL = 1000
# These two and CLOSE_SERVER_ERROR are sent by the websocket library.
CLOSE_PROTOCOL_ERROR = 1002
CLOSE_BAD_TEXT = 1007
CLOSE_TOO_BIG = 1009
CLOSE_SERVER_ERROR = 1011
CLOSE_SERVICE_RESTART = 1012
CLOSE_TRY_AGAIN_LATER = 1013
# Before the socket is accepted: the client sees HTTP's 403 instead.
CLOSE_DENIED = 4403


def describe_close_codes(*, max_message_bytes: int) -> dict[int, str]:
    """The codes that a client may see, each with what it is to make of it."""
    return {
        CLOSE_NORMAL: "A normal end; from the server when another connection of the same client took over. A client"
        " that is still there connects again.",
        CLOSE_PROTOCOL_ERROR: "The client broke the rules of websockets.",
        CLOSE_BAD_TEXT: "The client sent text that is not UTF-8.",
        CLOSE_TOO_BIG: f"The client sent a message of more than {max_message_bytes} bytes.",
        CLOSE_SERVER_ERROR: "An error on the server, which is in its log. Connect again after a while.",
        CLOSE_SERVICE_RESTART: "The process that served the connection ends. Connect again at once.",
        CLOSE_TRY_AGAIN_LATER: "The client does not take the messages that wait for it, or there are too many"
        " connections. Connect again after a while.",
    }
