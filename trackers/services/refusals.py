"""What is kept of refused reports, for whoever asks why a device is silent."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from trackers.reports.refusal import Refused
from trackers.storage.refusals import count_refused, drop_oldest, recall_refused


@transaction.atomic
def store_refused(refused: Sequence[Refused]) -> None:
    """Stores the refusals, and of each way in and address the newest only."""
    count_refused(refused)
    recall_refused(max(one.time for one in refused))
    drop_oldest()
