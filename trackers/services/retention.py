"""For how long the past is kept: an account's own term, or that of the settings (history §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from math import inf

from django.conf import settings
from django.db import transaction

from trackers.models import HistoryTerm, Tracker


def kept_since(now: datetime, days: float) -> datetime | None:
    """Reports of an earlier time are not kept; None: all are."""
    return now - timedelta(days=days) if days and days != inf else None


def shown_since(account_id: int, now: datetime) -> datetime | None:
    """What is older is not shown to an account; None: all is."""
    own = HistoryTerm.objects.filter(account=account_id).values_list("days", flat=True).first()
    return kept_since(now, settings.HISTORY_DAYS if own is None else own)


def longest_kept_since(now: datetime) -> datetime | None:
    """What is older is kept of no source; None: all of some may be."""
    terms = [settings.HISTORY_DAYS, *HistoryTerm.objects.values_list("days", flat=True)]
    return kept_since(now, max(map(_length, terms)))


def terms_of(source_ids: Collection[int]) -> dict[float, list[int]]:
    """The sources by how many days they are kept, inf for ever; of several accounts that see one the longest counts."""
    terms = dict.fromkeys(source_ids, 0.0)
    trackers = Tracker.objects.filter(source__in=source_ids)
    for source_id, days in trackers.values_list("source_id", "account__history_term__days"):
        terms[source_id] = max(terms[source_id], _length(settings.HISTORY_DAYS if days is None else days))
    by_term = defaultdict[float, list[int]](list)
    for source_id, length in terms.items():
        by_term[length or _length(settings.HISTORY_DAYS)].append(source_id)
    return dict(by_term)


def _length(days: int) -> float:
    return days or inf


@transaction.atomic
def set_term(term: HistoryTerm) -> None:
    """Stores for how long an account's past is kept; what is older is not shown from now on."""
    term.full_clean()
    term.save()


def remove_term(term: HistoryTerm) -> None:
    """Has an account's past kept as the settings say."""
    term.delete()
