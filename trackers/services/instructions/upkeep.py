"""What time alone makes of instructions to devices: they expire, and are forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from trackers.engine.instructions import InstructionStatus
from trackers.models import Instruction
from trackers.services.instructions.metrics import count_outcomes

FORGOTTEN_AT_ONCE = 1_000
UNSENT, UNANSWERED = "it could not be sent in time", "it was sent, and the device did not say what came of it"
CLOCK_TOLERANCE = timedelta(minutes=1)


def expire_instructions(now: datetime) -> int:
    """Gives up what was not carried out in time, and what was given by a clock that was ahead; how many.

    What is just being sent is left to who sends it, for as long as that takes.
    """
    over = Q(expires_at__lte=now) | Q(created_at__gt=now + CLOCK_TOLERANCE)
    idle = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(created_at__gt=now + CLOCK_TOLERANCE)
    found = Instruction.objects.filter(over, idle, finished_at=None)
    if not found.exists():
        return 0
    expired = {
        "status": InstructionStatus.EXPIRED,
        "finished_at": now,
        "next_attempt_at": None,
        "claimed_until": None,
    }
    unsent = found.filter(copies=0, claimed_until=None).update(**expired, reason=UNSENT)
    unanswered = found.update(**expired, reason=UNANSWERED)
    count_outcomes(InstructionStatus.EXPIRED, unsent + unanswered)
    return unsent + unanswered


def forget_instructions(now: datetime) -> int:
    """Drops some of what was over long ago; how many, 0 when that was all."""
    until = now - timedelta(days=settings.DEVICE_COMMAND_DAYS)
    oldest = Instruction.objects.order_by("pk").values_list("pk", "finished_at")[:FORGOTTEN_AT_ONCE]
    doomed = [pk for pk, finished_at in oldest if finished_at is not None and finished_at < until]
    Instruction.objects.filter(pk__in=doomed).delete()
    return len(doomed)
