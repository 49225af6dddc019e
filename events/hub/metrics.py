"""How long it takes from a report to the frames of its viewers."""

from __future__ import annotations

from time import time

from accounts.metrics.registry import histogram
from trackers.engine.notices import StatesChanged

report_to_frame_seconds = histogram(
    "report_to_frame_seconds",
    "From the arrival of the first report of a transaction until its states were handed to the clients here that take"
    " them at once.",
)


def observe_delivery(notice: object) -> None:
    """Notes that the clients of this process were given what a notice tells: once for all, as frames are many."""
    if isinstance(notice, StatesChanged) and notice.received_at:
        # Clocks of two machines differ.
        report_to_frame_seconds.observe(max(0.0, time() - notice.received_at))
