"""What is kept of refused reports, for whoever asks why a device is silent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from trackers.models import RefusedReport, Tracker
from trackers.reports.refusal import Refused
from trackers.storage.last_reports import recent_reports
from trackers.storage.refusals import count_refused, drop_oldest, recall_refused


class _Names(msgspec.Struct):
    """Of what a report said, the member that is looked for (trackers.engine.last_reports.LEFT_OUT)."""

    left_out: str = ""


_decode_names = msgspec.json.Decoder(_Names).decode


@transaction.atomic
def store_refused(refused: Sequence[Refused]) -> None:
    """Stores the refusals, and of each way in and address the newest only."""
    count_refused(refused)
    recall_refused(max(one.time for one in refused))
    drop_oldest()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A report that was stored without some of its values."""

    source_id: int
    received_at: datetime
    names: tuple[str, ...]


def refusals_of(trackers: QuerySet[Tracker] | None, most: int) -> list[RefusedReport]:
    """The last refusals of the devices of trackers, or of all devices, the newest first."""
    refused = RefusedReport.objects.order_by("-time", "-pk")
    if trackers is not None:
        refused = refused.filter(device_id__in=trackers.order_by().values("source__device_id"))
    return list(refused[:most])


def trackers_on(trackers: QuerySet[Tracker], device_ids: Iterable[str]) -> dict[str, int]:
    """Of these trackers those on one of the devices, by its id."""
    found = trackers.order_by().filter(source__device_id__in=set(device_ids))
    return dict(found.values_list("source__device_id", "pk"))


def left_out_of(source_ids: Collection[int]) -> list[LeftOut]:
    """What was left out of the last reports of these sources, the newest first."""
    found = []
    for source_id, reports in recent_reports(source_ids).items():
        for report in reports:
            if names := _decode_names(report.values).left_out:
                found.append(LeftOut(source_id, report.received_at, tuple(names.split(", "))))
    return sorted(found, key=lambda one: one.received_at, reverse=True)
