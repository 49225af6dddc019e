"""Rows of refused reports: one for each way in, address, device and reason, and no more than a few hundred of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from trackers.engine.dating import FUTURE_TOLERANCE
from trackers.models import RefusedReport
from trackers.reports.refusal import Refused

MAX_PER_WAY = 200
# A stranger at one address leaves the others three quarters of a way in.
MAX_PER_ADDRESS = 50

_COUNT = """
    INSERT INTO trackers_refusedreport (way, address, device_id, reason, time, "count")
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (way, address, device_id, reason) DO UPDATE
    SET time = excluded.time, "count" = trackers_refusedreport."count" + excluded."count"
"""


def count_refused(refused: Iterable[Refused]) -> None:
    """Adds to the rows of refusals that came before, and makes rows of new ones."""
    rows = [
        (
            one.refusal.way,
            one.refusal.address,
            one.refusal.device_id,
            one.refusal.reason,
            connection.ops.adapt_datetimefield_value(one.time),
            one.count,
        )
        for one in refused
    ]
    with connection.cursor() as cursor:
        # In one order, so that two processes that count the same rows cannot wait for each other.
        cursor.executemany(_COUNT, sorted(rows))


def recall_refused(now: datetime) -> None:
    """Dates what a clock has noted that was ahead no later than `now`, or it would crowd out all that comes."""
    RefusedReport.objects.filter(time__gt=now + FUTURE_TOLERANCE).update(time=now)


def drop_oldest() -> None:
    """Removes what is beyond the bounds, the oldest first."""
    # First of each address, or what one sent too much would count against the others.
    _drop_beyond(MAX_PER_ADDRESS, ["way", "address"])
    _drop_beyond(MAX_PER_WAY, ["way"])


def _drop_beyond(limit: int, of: list[str]) -> None:
    rank = Window(RowNumber(), partition_by=of, order_by=[F("time").desc(), F("pk").desc()])
    surplus = RefusedReport.objects.annotate(rank=rank).filter(rank__gt=limit).order_by().values_list("pk", flat=True)
    # What another process counts just now is no longer old; waiting for it could make a circle.
    mine = RefusedReport.objects.select_for_update(skip_locked=True).filter(pk__in=list(surplus)).order_by()
    RefusedReport.objects.filter(pk__in=[row.pk for row in mine]).delete()
