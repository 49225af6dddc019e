"""Arguments that several commands take."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from urllib.parse import urlsplit


def server_url(text: str) -> str:
    """The address of a server. Raises ArgumentTypeError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ArgumentTypeError("must be like http://127.0.0.1:8000")
    return text


def positive_number(text: str) -> float:
    """A finite number above 0. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a number") from error
    if not (math.isfinite(number) and number > 0):
        raise ArgumentTypeError("must be above 0")
    return number
