"""Alerts as rules raise them, for tests of what comes after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from alerts.models import Alert, AlertRule, Webhook
from alerts.rendering.post_templates import PostTemplate
from alerts.services.raising import store_alerts
from alerts.services.webhooks import create_webhook
from trackers.models import Tracker


def make_rule(tracker: Tracker, *, emails: tuple[str, ...] = (), hooks: tuple[Webhook, ...] = ()) -> AlertRule:
    """A rule of the tracker's account that tells these."""
    account = tracker.account
    alerts = {"emails": list(emails)}
    rule = AlertRule.objects.create(account=account, made_by=account, kind="sos", name="Depot gate", alerts=alerts)
    rule.webhooks.set(hooks)
    return rule


def make_hook(tracker: Tracker, url: str) -> tuple[Webhook, bytes]:
    return create_webhook(tracker.account_id, title="Dispatch", template=PostTemplate(url))


@transaction.atomic
def raise_alerts(rule: AlertRule, tracker: Tracker, count: int = 1, **fields: Any) -> list[Alert]:
    """Stores alerts as rules make them, with what is to be told of them."""
    now: datetime = fields.pop("received_at", timezone.now())
    values = {
        "event": "sos",
        "message": "pressed the button",
        "latitude": 47.5,
        "longitude": 19.04,
        "time": now,
        **fields,
    }
    one = {"account": tracker.account, "tracker": tracker, "rule_id": rule.pk, "received_at": now, **values}
    texts = [f"{values['message']} {number}" if count > 1 else values["message"] for number in range(count)]
    one.pop("message")
    # The moments differ: of one rule there is one alert a moment.
    return store_alerts(
        [
            Alert(**{**one, "time": one["time"] + timedelta(microseconds=number)}, message=text)
            for number, text in enumerate(texts)
        ]
    )
