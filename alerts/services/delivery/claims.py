"""Deliveries taken in hand and put down again: each attempt is somebody's, and none is lost with its process.

Whoever is about to try a delivery claims it for longer than that takes. It is at least once: who is killed meanwhile
leaves a claim that runs out, and somebody else tries again under the same id (alerts §6.5).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from alerts.models import Channel, Delivery, DeliveryStatus, LetterHour, Webhook
from alerts.services.delivery.metrics import count_attempt
from alerts.services.webhooks import note_failure, note_success, switch_off

# After which pauses it is tried again; then it is given up.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600))
JITTER = 0.2
POST_CLAIM = timedelta(seconds=30)
LETTER_CLAIM = timedelta(minutes=3)
HOUR = timedelta(hours=1)
CLOCK_TOLERANCE = timedelta(minutes=1)
GONE_STATUS = 410
MAX_ERROR_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt."""

    is_taken: bool
    http_status: int | None = None
    error: str = ""
    is_final: bool = False
    """To try again would be in vain."""


def due(now: datetime, channel: Channel) -> QuerySet[Delivery]:
    """What is to be tried now and is in nobody's hands, the longest due first."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lte=now)
    waiting = Delivery.objects.filter(unclaimed, channel=channel, status=DeliveryStatus.WAITING)
    return waiting.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")


def hooks_with_due_posts(now: datetime) -> list[int]:
    """The webhooks for which something is to be posted now."""
    posts = due(now, Channel.WEBHOOK).filter(webhook=OuterRef("pk")).order_by()
    return list(Webhook.objects.filter(Exists(posts), is_enabled=True).values_list("pk", flat=True))


@transaction.atomic
def claim_post(hook_id: int, now: datetime) -> Delivery | None:
    """The next post for a webhook, with the webhook; None when none is due."""
    found = due(now, Channel.WEBHOOK).filter(webhook=hook_id, webhook__is_enabled=True)
    post = found.select_for_update(skip_locked=True, of=("self",)).select_related("webhook__account").first()
    if post is not None:
        _claim([post], now + POST_CLAIM)
    return post


def claim_letter(now: datetime) -> list[Delivery]:
    """The deliveries that the next letter tells of: one, or all that were held back; none when nothing is due."""
    while (first := due(now, Channel.MAIL).first()) is not None:
        if told := _claim_with(first, now):
            return told
    return []


@transaction.atomic
def _claim_with(first: Delivery, now: datetime) -> list[Delivery]:
    """What goes into one letter with a delivery; nothing when it is held back, or somebody else's by now."""
    hour = _lock_hour(first, now)
    same = due(now, Channel.MAIL).filter(account=first.account_id, address=first.address)
    letter = same.filter(pk=first.pk).first()
    told = [] if letter is None else _told_with(letter, same.filter(alert__isnull=False), hour, now)
    _claim(told, now + LETTER_CLAIM)
    return told


def _told_with(first: Delivery, same: QuerySet[Delivery], hour: LetterHour, now: datetime) -> list[Delivery]:
    if first.is_held:
        if not first.attempts:
            _begin_hour(hour, now)
        return list(same.filter(is_held=True))
    if first.alert_id is None or first.attempts:
        return [first]
    # Another lane may have begun it a moment later than this one looked at the clock.
    if now >= hour.began_at + HOUR or now < hour.began_at - CLOCK_TOLERANCE:
        _begin_hour(hour, now)
    elif hour.letters >= settings.LETTERS_PER_HOUR:
        held = same.filter(is_held=False, attempts=0).values_list("pk", flat=True)
        Delivery.objects.filter(pk__in=list(held)).update(is_held=True, next_attempt_at=hour.began_at + HOUR)
        return []
    else:
        LetterHour.objects.filter(pk=hour.pk).update(letters=F("letters") + 1)
    return [first]


def _lock_hour(letter: Delivery, now: datetime) -> LetterHour:
    """The hour of an address, whose letters nobody else looks at until the transaction ends."""
    LetterHour.objects.get_or_create(
        account_id=letter.account_id, address=letter.address, defaults={"began_at": now, "letters": 0}
    )
    return LetterHour.objects.select_for_update().get(account_id=letter.account_id, address=letter.address)


def _begin_hour(hour: LetterHour, now: datetime) -> None:
    """An hour begins with the letter that is about to be sent."""
    LetterHour.objects.filter(pk=hour.pk).update(began_at=now, letters=1)


def _claim(deliveries: Sequence[Delivery], until: datetime) -> None:
    Delivery.objects.filter(pk__in=[one.pk for one in deliveries]).update(claimed_until=until)


@transaction.atomic
def put_down(
    deliveries: Sequence[Delivery], outcome: Outcome, now: datetime, *, pauses: Sequence[timedelta] = PAUSES
) -> None:
    """Notes what came of an attempt: they are delivered, to be tried again after a pause, or given up."""
    first = deliveries[0]
    attempts = first.attempts + 1
    is_over = not outcome.is_taken and (outcome.is_final or attempts > len(pauses))
    rows = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], status=DeliveryStatus.WAITING)
    said = {
        "attempts": attempts,
        "claimed_until": None,
        "http_status": outcome.http_status,
        "error": outcome.error[:MAX_ERROR_LENGTH],
    }
    if outcome.is_taken:
        rows.update(**said, status=DeliveryStatus.DELIVERED, finished_at=now)
    elif is_over:
        rows.update(**said, status=DeliveryStatus.GAVE_UP, finished_at=now)
    else:
        rows.update(**said, next_attempt_at=now + jittered(pauses[attempts - 1]))
    if first.webhook_id is not None and first.channel == Channel.WEBHOOK:
        _note(first.webhook_id, outcome, now)
    count_attempt(first.channel, is_taken=outcome.is_taken, is_over=is_over, count=len(deliveries))


def _note(hook_id: int, outcome: Outcome, now: datetime) -> None:
    if outcome.is_taken:
        note_success(hook_id, now)
        return
    note_failure(hook_id, now)
    if outcome.http_status == GONE_STATUS:
        switch_off(hook_id)


def jittered(pause: timedelta) -> timedelta:
    """About that long, so that what failed together is not tried together."""
    return pause * random.uniform(1 - JITTER, 1 + JITTER)


def try_again(deliveries: QuerySet[Delivery]) -> int:
    """Has what was given up be tried anew, as often as at first; how many. What has no receiver stays given up."""
    now = timezone.now()
    is_on = Q(webhook=None) | Q(webhook__is_enabled=True)
    is_there = ~Q(channel=Channel.PUSH) | Q(device__isnull=False)
    given_up = list(deliveries.filter(is_on, is_there, status=DeliveryStatus.GAVE_UP).values_list("pk", flat=True))
    return Delivery.objects.filter(pk__in=given_up).update(
        status=DeliveryStatus.WAITING, attempts=0, next_attempt_at=now, finished_at=None, error="", http_status=None
    )
