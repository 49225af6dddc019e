"""What is counted of calls: by the call and what it was answered."""

from __future__ import annotations

from accounts.metrics.registry import counter, histogram
from accounts.wire.errors import ErrorCode

UNKNOWN_CALL = "unknown"
"""Stands for whatever address strangers make up."""
SUCCESS = "0"

_calls = counter("calls", "Calls of the API by the code that answered them; 0 is success.", "call", "code")
call_seconds = histogram("call_seconds", "How long calls of the API took.")


def count_call(name: str, code: ErrorCode | None) -> None:
    """Counts a call that was answered, with None for success."""
    _calls.labels(name, SUCCESS if code is None else str(int(code))).inc()
