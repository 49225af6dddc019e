"""What of other libraries' log lines reaches the log."""

import logging

from redis.exceptions import RedisError


class LayerOutageFilter(logging.Filter):
    """Turns the traceback that the pub/sub layer logs each second while its broker is away into one line.

    The hub says once that the layer is silent and once that it is back; a fault that is none of the broker's
    keeps its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, (RedisError, OSError))
