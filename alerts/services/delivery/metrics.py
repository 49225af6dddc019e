"""What is counted of deliveries: attempts where they are made, and what waits when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from accounts.metrics.registry import counter
from alerts.models import Channel, Delivery, DeliveryStatus

_deliveries = counter(
    "deliveries", "Letters, posts and pushes about alerts: delivered, failed attempts, given up.", "channel", "outcome"
)
for _channel in Channel.values:
    for _outcome in ("delivered", "failed", "gave_up"):
        _deliveries.labels(_channel, _outcome)


def count_attempt(channel: str, *, is_taken: bool, is_over: bool, count: int) -> None:
    """Counts what came of an attempt at so many deliveries."""
    _deliveries.labels(channel, "delivered" if is_taken else "failed").inc(count)
    if is_over:
        count_given_up(channel, count)


def count_given_up(channel: str, count: int) -> None:
    """Counts deliveries that are tried no more."""
    _deliveries.labels(channel, "gave_up").inc(count)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be sent, by channel."""

    counts: Mapping[str, int]
    oldest: Mapping[str, datetime]
    """When the oldest of them were to be told; without letters that are held back to the end of an hour."""


def waiting_deliveries() -> Waiting:
    """What waits in the whole installation."""
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING).order_by().values("channel")
    rows = list(waiting.annotate(count=Count("pk"), oldest=Min("created_at", filter=Q(is_held=False))))
    counts = dict.fromkeys(Channel.values, 0) | {row["channel"]: row["count"] for row in rows}
    return Waiting(counts, {row["channel"]: row["oldest"] for row in rows if row["oldest"] is not None})
