"""Outages of the server: who could not be heard was not silent (alerts §5.4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import Vigil

# Nobody looked after time for so long: the server was away.
OUTAGE = timedelta(minutes=2)
# How often it is noted that somebody looks after it.
NOTED_EVERY = timedelta(seconds=20)
ONLY_ONE = 1


def counts_silence_from() -> datetime | None:
    """The end of the last outage, before which nobody's silence counts; None: there was none."""
    return Vigil.objects.filter(pk=ONLY_ONE).values_list("resumed_at", flat=True).first()


@transaction.atomic
def keep_vigil(now: datetime) -> None:
    """Notes that somebody looks after what time changes, and where nobody did for a while, that this is over."""
    vigil, is_first = Vigil.objects.select_for_update().get_or_create(pk=ONLY_ONE, defaults={"kept_at": now})
    if is_first or now - vigil.kept_at < NOTED_EVERY:
        return
    if now - vigil.kept_at >= OUTAGE:
        vigil.resumed_at = now
    vigil.kept_at = now
    vigil.save()
