"""What becomes of a source when a phone is paired with it, and what was heard of it since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from trackers.models import RefusedReport, Source
from trackers.services.settings import save_source_rules
from trackers.storage.states import lock_source_rows, record_of


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a device since a moment."""

    report_at: datetime | None
    """When its last report was stored; None: none was since."""
    refusal: str | None
    """Why the last one was refused that was not stored."""


@transaction.atomic
def set_speed_unit(source_id: int, unit: str) -> None:
    """Sets in which unit the speeds of the source's app come, one of `SpeedUnit`; all else stays."""
    source = lock_source_rows([source_id]).get()
    if source.speed_unit != unit:
        source.speed_unit = unit
        save_source_rules(source)


def heard_since(source: Source, moment: datetime) -> Heard:
    """What came of a device since, as the server's clock has it."""
    contact_at = record_of(source.pk).contact_at
    refused = RefusedReport.objects.filter(device_id=source.device_id, time__gte=moment).order_by("-time").first()
    return Heard(
        report_at=contact_at if contact_at is not None and contact_at >= moment else None,
        refusal=None if refused is None else refused.reason,
    )
