"""How log lines are written, and which of other libraries' reach the log."""

import logging
from typing import Any

from redis.exceptions import RedisError

from accounts.wire.characters import escape


class LineFormatter(logging.Formatter):
    """Writes a message on one line, and what cannot be seen by its number.

    What devices and strangers sent is repeated in the log, and must neither begin a line of its own nor turn the rest
    of its line around.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = escape(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return escape(super().formatException(ei), keep="\n")


class LayerOutageFilter(logging.Filter):
    """Turns the traceback that the pub/sub layer logs each second while its broker is away into one line.

    The hub says once that the layer is silent and once that it is back; a fault that is none of the broker's
    keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, (RedisError, OSError))
