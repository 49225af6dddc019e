"""Close codes of a websocket: RFC 6455, section 7.4.1, and one of the range that applications may use."""

from __future__ import annotations

CLOSE_NORMAL = 1000
CLOSE_TOO_BIG = 1009
CLOSE_TRY_AGAIN_LATER = 1013
# The upgrade is refused: the client is no page of an origin that may connect, or there is no room.
CLOSE_DENIED = 4403
