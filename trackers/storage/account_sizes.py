"""How large accounts are, as far as it matters to who publishes: which of them are split by source."""

from __future__ import annotations

import time
from collections.abc import Collection

from django.conf import settings
from django.db.models import Count

from trackers.models import Tracker

# A fleet grows slowly, and nothing is lost by an account that is split later than it might be.
COUNTED_FOR_S = 300.0
# When so many are known all are counted anew: few are split.
MAX_KNOWN = 10_000


class AccountSizes:
    """Which accounts are split, as this process knows it; others may know it otherwise for a while."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, bool]] = {}

    def split_among(self, account_ids: Collection[int]) -> frozenset[int]:
        """Those of the accounts that have `SPLIT_FROM_TRACKERS` trackers or more; none if that is 0."""
        if not settings.SPLIT_FROM_TRACKERS:
            return frozenset()
        now_s = time.monotonic()
        # Of a copy, as other threads ask as well.
        known = {one: found for one in account_ids if (found := self._known.get(one)) and found[0] > now_s}
        if unknown := [one for one in account_ids if one not in known]:
            counted, until_s = _count(unknown), now_s + COUNTED_FOR_S
            known |= {one: (until_s, counted.get(one, 0) >= settings.SPLIT_FROM_TRACKERS) for one in unknown}
            self._remember(known)
        return frozenset(one for one, (_, is_split) in known.items() if is_split)

    def _remember(self, known: dict[int, tuple[float, bool]]) -> None:
        if len(self._known) + len(known) > MAX_KNOWN:
            self._known = {}
        self._known.update(known)


def _count(account_ids: Collection[int]) -> dict[int, int]:
    trackers = Tracker.objects.filter(account_id__in=account_ids).order_by()
    return dict(trackers.values_list("account_id").annotate(Count("pk")))


ACCOUNT_SIZES = AccountSizes()
