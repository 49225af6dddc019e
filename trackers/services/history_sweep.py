"""What is done with history while nobody asks: what is too old is forgotten, trips are kept, reports packed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.wire.errors import first_line
from trackers.models import FormerTripRules, Source
from trackers.services.archive_check import tell_what_is_lost
from trackers.services.archiving import remove_unread_files
from trackers.services.history import REPORTS_PER_LOT
from trackers.services.past_trips import keep_trips
from trackers.services.retention import kept_since, terms_of
from trackers.storage.archive_outage import ArchiveUnavailable
from trackers.storage.history import drop_history, pack_history, sources_to_pack
from trackers.storage.states import lock_source_rows
from trackers.storage.trips import drop_all_trips, drop_trips

logger = logging.getLogger(__name__)

SOURCES_PER_LOT = 100
FOLLOWED_PER_LOT = 20_000
"""Reports in which trips are looked for before something else has its turn: a quarter of a second."""
PACKED_PER_LOT = 10_000
"""Reports of a source that wait for no other; on SQLite all do, for a tenth of a second."""
PACKED_AFTER = timedelta(minutes=15)
"""Reports are packed by the first round that begins so long after them, when most of what was under way has come."""
SWEEP_EVERY = timedelta(hours=1)
FILES_PER_ROUND = 100
"""Of the archive that are removed."""


class HistorySweep:
    """Forgets what is older than it is kept and all of removed sources, keeps trips, and packs reports.

    A lot at a time. Several may do it at once.
    """

    def __init__(self) -> None:
        self._next_id = 0
        self._begins_at: datetime | None = None
        self._dropped = 0

    def step(self, now: datetime) -> int | None:
        """Does a lot; how many reports were forgotten, or None when there is nothing to do until later."""
        if self._begins_at is not None and self._begins_at - SWEEP_EVERY <= now < self._begins_at:
            return None
        sources = list(Source.objects.filter(pk__gte=self._next_id).order_by("pk")[:SOURCES_PER_LOT])
        if not sources:
            self._end(now)
            return None
        dropped = _drop_lot(sources, now)
        self._dropped += dropped
        if dropped < REPORTS_PER_LOT and (done := _pack_lot(_keep_lot(sources, now), now)):
            self._next_id = done[-1].pk + 1
        return dropped

    def _end(self, now: datetime) -> None:
        if self._dropped:
            logger.info("%s reports dropped from history", self._dropped)
        self._next_id, self._begins_at, self._dropped = 0, now + SWEEP_EVERY, 0
        _remove_files(now)
        tell_what_is_lost()


def _remove_files(now: datetime) -> None:
    try:
        remove_unread_files(now, most=FILES_PER_ROUND)
    except ArchiveUnavailable as error:
        logger.warning("files of the archive are removed later: %s", first_line(error))


def _pack_lot(sources: Sequence[Source], now: datetime) -> list[Source]:
    """Packs what is old enough, of as many of the sources as are not too many at once; those that are done."""
    border = now - PACKED_AFTER
    waiting = set(sources_to_pack([source.pk for source in sources if not source.is_corrupted], border))
    done, packed = [], 0
    for source in sources:
        while source.pk in waiting and packed < FOLLOWED_PER_LOT and (count := _pack(source.pk, border)):
            packed += count
        if packed >= FOLLOWED_PER_LOT:
            break
        done.append(source)
    return done


@transaction.atomic
def _pack(source_id: int, border: datetime) -> int:
    lock_source_rows([source_id])
    return pack_history(source_id, border, most=PACKED_PER_LOT)


def _keep_lot(sources: Iterable[Source], now: datetime) -> list[Source]:
    """Keeps trips of as many of the sources as are not too many at once; those of which all are kept."""
    done, followed = [], 0
    for source in sources:
        while not source.is_corrupted and followed < FOLLOWED_PER_LOT and (count := _keep_trips(source, now)):
            followed += count
        if followed >= FOLLOWED_PER_LOT:
            break
        done.append(source)
    return done


def _keep_trips(source: Source, now: datetime) -> int:
    """How many reports it took; 0 also where they cannot be read until the next round."""
    try:
        return keep_trips(source, now)
    except ArchiveUnavailable as error:
        logger.warning("trips of source %s are kept later: %s", source.pk, first_line(error))
        return 0


@transaction.atomic
def _drop_lot(sources: Sequence[Source], now: datetime) -> int:
    removed = [source.pk for source in sources if source.is_corrupted]
    dropped = 0
    if removed:
        dropped = drop_history(removed, None, most=REPORTS_PER_LOT)
        drop_all_trips(removed)
    for days, source_ids in terms_of([source.pk for source in sources if not source.is_corrupted]).items():
        since = kept_since(now, days)
        if since is not None and dropped < REPORTS_PER_LOT:
            dropped += drop_history(source_ids, since, most=REPORTS_PER_LOT - dropped)
            drop_trips(source_ids, since)
            FormerTripRules.objects.filter(source__in=source_ids, until__lt=since).delete()
    return dropped
