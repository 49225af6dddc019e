"""What becomes of deliveries with time: owners hear of webhooks that fail for long, and what is over is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from alerts.models import Channel, Delivery, LetterHour, Webhook
from alerts.services.delivery.pushes import LEFT, give_up_pushes

OWNER_IS_TOLD_AFTER = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
# In one transaction: what takes longer would hold up others on SQLite.
ROWS_PER_LOT = 5_000


def tend_deliveries(now: datetime) -> None:
    """Does what is due by now, a lot at a time."""
    for hook_id in list(_failing(now).values_list("pk", flat=True)):
        tell_owner(hook_id, now)
    give_up_pushes(LEFT, device=None)
    old = Delivery.objects.filter(finished_at__lt=now - KEPT_FOR).order_by("finished_at")
    Delivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:ROWS_PER_LOT])).delete()
    hours = LetterHour.objects.filter(began_at__lt=now - timedelta(days=1)).order_by("began_at")
    LetterHour.objects.filter(pk__in=list(hours.values_list("pk", flat=True)[:ROWS_PER_LOT])).delete()


def _failing(now: datetime) -> QuerySet[Webhook]:
    return Webhook.objects.filter(is_enabled=True, failing_since__lte=now - OWNER_IS_TOLD_AFTER, owner_told_at=None)


@transaction.atomic
def tell_owner(hook_id: int, now: datetime) -> None:
    """Has one letter sent to the owner of a webhook that has been failing for a day."""
    hook = _failing(now).filter(pk=hook_id).select_related("account").select_for_update(of=("self",)).first()
    if hook is None:
        return
    Webhook.objects.filter(pk=hook_id).update(owner_told_at=now)
    Delivery.objects.create(
        account_id=hook.account_id,
        channel=Channel.MAIL,
        webhook=hook,
        address=hook.account.login,
        created_at=now,
        next_attempt_at=now,
    )
