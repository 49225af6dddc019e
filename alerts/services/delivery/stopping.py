"""Who was named in a rule and wants no letters can stop them, without a login (alerts §6.3)."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from alerts.models import AlertRule, Channel, Delivery, DeliveryStatus
from alerts.services.delivery.metrics import count_given_up

SALT = "alerts.stopping"
STOPPED = "the receiver stopped these letters"


def link_to_stop(account_id: int, address: str) -> str:
    """The link by which an address is taken out of all rules of an account."""
    return f"{settings.PUBLIC_URL}/letters/stop/{signing.dumps([account_id, address], salt=SALT)}"


def read_token(token: str) -> tuple[int, str] | None:
    """The account and the address that a link is of; None for one that is none of ours."""
    try:
        account_id, address = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return account_id, address


@transaction.atomic
def stop_letters(account_id: int, address: str) -> int:
    """Takes an address out of all rules of an account, and ends what waits for it; in how many rules it was."""
    rules = AlertRule.objects.select_for_update().filter(account_id=account_id).order_by("pk")
    named = [rule for rule in rules if address in rule.alerts.get("emails", [])]
    for rule in named:
        rule.alerts = {**rule.alerts, "emails": [one for one in rule.alerts["emails"] if one != address]}
        rule.save(update_fields=["alerts"])
    waiting = Delivery.objects.filter(account_id=account_id, address=address, status=DeliveryStatus.WAITING)
    count = waiting.update(status=DeliveryStatus.GAVE_UP, error=STOPPED, finished_at=timezone.now())
    count_given_up(Channel.MAIL, count)
    return len(named)
