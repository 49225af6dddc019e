"""Instructions taken in hand, put down again, and settled by what the device says (records §13.3).

Who is about to send one claims it for longer than that takes, and notes what came of it under the number of the
attempt: who was too slow, or was killed, changes nothing any more. What became of a copy is then not known. It is sent
again only where the device can tell that it had it already; else the instruction has failed, and says why.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.wire.hashes import digest_hash
from trackers.engine.instructions import MAX_REASON, RETRY, Carrier, InstructionStatus, next_copy_after
from trackers.models import Instruction, Source, Tracker
from trackers.reports.acknowledgement import Acknowledgement
from trackers.reports.outcome import Outcome, refuse_sender
from trackers.services.instructions.metrics import count_outcomes

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=30)
UNKNOWN_FATE = "it is not known whether it was sent"
NOT_ALLOWED = "the tracker is blocked, or not the account's any more"


@dataclass(frozen=True, slots=True)
class Carriage:
    """What came of an attempt to send an instruction."""

    status: InstructionStatus
    """`SENT`; `WAITING`: it surely did not get out; `FAILED`: nobody knows whether it did."""
    reason: str = ""


def due(carrier: Carrier, now: datetime) -> QuerySet[Instruction]:
    """What is to be sent now and is in nobody's hands: of each device the first that is to be sent at all."""
    live = Instruction.objects.filter(next_attempt_at__isnull=False, expires_at__gt=now)
    earlier = live.filter(source=OuterRef("source"), pk__lt=OuterRef("pk"))
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    found = live.filter(unclaimed, ~Exists(earlier), carrier=carrier, next_attempt_at__lte=now)
    return found.order_by("next_attempt_at", "pk")


def claim_next(carrier: Carrier, now: datetime) -> Instruction | None:
    """The next instruction to send, with its source, which nobody else sends meanwhile; None when none is due."""
    while (found := _take(carrier, now)) is not None:
        if found.status != InstructionStatus.FAILED and found.status != InstructionStatus.CANCELLED:
            return found
    return None


@transaction.atomic
def _take(carrier: Carrier, now: datetime) -> Instruction | None:
    """The next one, claimed, or finished where it may not be sent."""
    found = due(carrier, now).select_for_update(skip_locked=True, of=("self",)).select_related("source").first()
    if found is None:
        return None
    was_lost = found.claimed_until is not None
    if not _is_allowed(found):
        _finish(found, InstructionStatus.CANCELLED, NOT_ALLOWED, now)
    elif was_lost and not found.may_be_repeated:
        _finish(found, InstructionStatus.FAILED, UNKNOWN_FATE, now)
    else:
        found.attempts += 1
        found.copies += was_lost
        found.claimed_until = now + CLAIM
        found.save(update_fields=["attempts", "copies", "claimed_until"])
    return found


def _is_allowed(instruction: Instruction) -> bool:
    source = instruction.source
    if source.is_blocked or source.is_corrupted:
        return False
    return Tracker.objects.filter(source=source, account=instruction.account_id, is_clone=False).exists()


def _finish(instruction: Instruction, status: InstructionStatus, reason: str, now: datetime) -> None:
    instruction.status, instruction.reason, instruction.finished_at = status, reason[:MAX_REASON], now
    instruction.next_attempt_at = instruction.claimed_until = None
    instruction.save(update_fields=["status", "reason", "finished_at", "next_attempt_at", "claimed_until"])
    count_outcomes(status)
    logger.info("command %s to device %s: %s, %s", instruction.pk, instruction.source.device_id, status, reason)


@transaction.atomic
def put_down(claimed: Instruction, carriage: Carriage, now: datetime) -> None:
    """Notes what came of an attempt, unless the device, or somebody else, was quicker."""
    mine = Instruction.objects.filter(pk=claimed.pk, attempts=claimed.attempts, claimed_until__isnull=False)
    if (found := mine.select_for_update(of=("self",)).select_related("source").first()) is None:
        return
    if carriage.status == InstructionStatus.SENT:
        _note_copy(found, carriage.reason, now)
    elif carriage.status == InstructionStatus.WAITING and found.is_reliable:
        _put_off(found, carriage.reason, now + RETRY)
    elif carriage.status == InstructionStatus.FAILED and found.may_be_repeated:
        _note_copy(found, carriage.reason, now)
    else:
        _finish(found, InstructionStatus.FAILED, carriage.reason, now)


def _note_copy(found: Instruction, reason: str, now: datetime) -> None:
    found.copies += 1
    pause = next_copy_after(found.copies) if found.may_be_repeated else None
    found.status, found.reason, found.claimed_until = InstructionStatus.SENT, reason[:MAX_REASON], None
    found.sent_at = found.sent_at or now
    found.next_attempt_at = None if pause is None else now + pause
    # Of what may not be repeated nothing more is waited for.
    found.finished_at = None if found.may_be_repeated else now
    found.save()
    count_outcomes(InstructionStatus.SENT)
    logger.info("command %s to device %s: sent", found.pk, found.source.device_id)


def _put_off(found: Instruction, reason: str, until: datetime) -> None:
    found.reason, found.next_attempt_at, found.claimed_until = reason[:MAX_REASON], until, None
    found.save(update_fields=["reason", "next_attempt_at", "claimed_until"])


@transaction.atomic
def settle(told: Acknowledgement, key: str | None, now: datetime) -> str | None:
    """Notes what a device says came of an instruction; why that is refused, or None. Told again, it changes nothing."""
    if (refusal := _refuse_sender(told.device_id, key)) is not None:
        return refusal
    sent = Instruction.objects.filter(source__device_id=told.device_id, carrier=Carrier.MQTT, attempts__gt=0)
    found = sent.select_for_update(of=("self",)).filter(pk=told.number).first()
    if found is None:
        return "no such command was sent"
    if found.answered_at is not None:
        return None
    status = InstructionStatus.DONE if told.is_done else InstructionStatus.FAILED
    Instruction.objects.filter(pk=found.pk).update(
        status=status,
        answer=told.answer,
        answered_at=now,
        finished_at=now,
        sent_at=Coalesce("sent_at", now),
        copies=F("copies") + (0 if found.copies else 1),
        next_attempt_at=None,
        claimed_until=None,
        reason="",
    )
    count_outcomes(status)
    logger.info("command %s to device %s: %s", told.number, told.device_id, status)
    return None


def _refuse_sender(device_id: str, key: str | None) -> str | None:
    """Why a device may not say what came of an instruction; the same as for its reports (docs/ingestion.md)."""
    source = Source.objects.filter(device_id=device_id).first()
    if source is None:
        return Outcome.UNKNOWN_DEVICE
    digest = digest_hash(key) if key else ""
    return refuse_sender(source.ingest_key_digest, digest, is_blocked=source.is_blocked)
