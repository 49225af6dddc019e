"""Commands to devices in tests: trackers that can be sent some, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.selectors import principal_for_hash
from accounts.services.sessions import create_session
from trackers.engine.instructions import InstructionKind, Wanted
from trackers.models import Instruction, Source, Tracker
from trackers.reports.report import Report
from trackers.services.ingestion import ingest
from trackers.services.instructions.giving import Order, instruct


def make_commandable(tracker: Tracker, model: str = "navixy_ngp") -> Tracker:
    """Has the device be of a model to which something carries commands, if the settings have that."""
    Source.objects.filter(pk=tracker.source_id).update(model=model)
    tracker.source.refresh_from_db()
    return tracker


def bring_online(tracker: Tracker, model: str = "navixy_ngp") -> Tracker:
    """The same, with a report of just now."""
    now = timezone.now()
    ingest([Report(tracker.source.device_id, now)], received_at=now)
    return make_commandable(tracker, model)


def give(tracker: Tracker, text: str = "reboot", *, user: User | None = None, is_reliable: bool = True) -> Instruction:
    """A command of the tracker's owner, or of a user, that waits to be sent."""
    caller = principal_for_hash(create_session(user or tracker.account))
    return instruct(caller, tracker, Order(Wanted(InstructionKind.TEXT, text), is_reliable))


def seen(instruction: Instruction) -> tuple[str, int]:
    """Status, and how many copies were sent, as they are stored."""
    found = Instruction.objects.get(pk=instruction.pk)
    return found.status, found.copies


def set_times(instruction: Instruction, **times: datetime | None) -> None:
    """Moves an instruction in time."""
    changes: dict[str, Any] = times
    Instruction.objects.filter(pk=instruction.pk).update(**changes)
