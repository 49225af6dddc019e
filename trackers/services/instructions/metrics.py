"""What is counted of instructions to devices."""

from __future__ import annotations

from accounts.metrics.registry import counter
from trackers.engine.instructions import InstructionStatus

_outcomes = counter("device_commands", "Commands to devices: copies that were sent, and what came of them.", "outcome")
# What has not happened is told as well: a rate is not seen by the first of its kind alone.
for _status in InstructionStatus:
    _outcomes.labels(_status)


def count_outcomes(status: InstructionStatus, count: int = 1) -> None:
    """Counts instructions of which this is known now; `sent`: a copy."""
    _outcomes.labels(status).inc(count)
