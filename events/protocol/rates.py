"""How often batches may come (api §4.6)."""

from __future__ import annotations

import re
from datetime import timedelta

DEFAULT_RATE = timedelta(seconds=1)
SHORTEST_RATE = timedelta(milliseconds=100)
LONGEST_RATE = timedelta(hours=1)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPAN = re.compile(r"([1-9][0-9]{0,9})(ms|s|m|h)")
_ISO_SPAN = re.compile(r"PT(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?")


def parse_rate(text: str) -> timedelta:
    """The least time between two batches: `500ms`, `5s`, `2m`, `1h`, or ISO 8601 as in `PT5S`.

    What is shorter than a tenth of a second or longer than an hour becomes that. Raises ValueError for anything else.
    """
    if match := _SPAN.fullmatch(text):
        seconds = int(match[1]) * _SECONDS[match[2]]
    elif match := _ISO_SPAN.fullmatch(text):
        hours, minutes, rest = (float(part or 0) for part in match.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        raise ValueError(f"{text!r} is no span of time")
    return timedelta(seconds=min(max(seconds, SHORTEST_RATE.total_seconds()), LONGEST_RATE.total_seconds()))
