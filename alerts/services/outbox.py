"""What is to be told of new alerts, written in the transaction that stores them (alerts §5.1, §6)."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from alerts.models import Alert, AlertRule, Channel, Delivery, DeliveryStatus
from alerts.rendering.entries import render_entry
from alerts.rendering.posts import encode_alert
from alerts.services.delivery.metrics import count_given_up
from alerts.services.push.devices import devices_to_tell
from alerts.storage.raised import raised_alert

logger = logging.getLogger(__name__)

MAX_WAITING_PER_ACCOUNT = 10_000
# Of them some are given up at a time, so that the transaction of a report never has much to do.
MAX_GIVEN_UP_AT_ONCE = 1_000
QUEUE_FULL = "too much was waiting"
# What devices say of an emergency is told late rather than not at all.
LATE_EMERGENCY = timedelta(hours=24)
TOLD_BY_DEVICES = frozenset(
    {"sos", "crash_alarm", "call_button_pressed", "case_intrusion", "detach", "door_alarm", "battery_off"}
)


def enqueue(alerts: Sequence[Alert], rules: Mapping[int, AlertRule]) -> None:
    """Has letters, posts and pushes sent of alerts that were just stored, by the rules that made them, by id."""
    deliveries = [*_letters(alerts, rules), *_posts(alerts, rules), *_pushes(alerts)]
    Delivery.objects.bulk_create(deliveries)
    for account_id in {delivery.account_id for delivery in deliveries}:
        bound_queue(account_id)


def is_worth_a_letter(alert: Alert) -> bool:
    """Whether it happened lately enough for somebody to be disturbed (alerts §6.5)."""
    age = alert.received_at - alert.time
    if alert.is_emergency and alert.event in TOLD_BY_DEVICES:
        return age < LATE_EMERGENCY
    return age < timedelta(seconds=settings.ALERT_MAX_AGE_S)


def _letters(alerts: Iterable[Alert], rules: Mapping[int, AlertRule]) -> Iterator[Delivery]:
    for alert in filter(is_worth_a_letter, alerts):
        rule = rules.get(alert.rule_id or 0)
        for address in dict.fromkeys([] if rule is None else rule.alerts.get("emails", [])):
            yield _delivery(alert, channel=Channel.MAIL, address=address)


def _posts(alerts: Sequence[Alert], rules: Mapping[int, AlertRule]) -> Iterator[Delivery]:
    hooks = _enabled_hooks(rules)
    for alert in alerts:
        told = hooks.get(alert.rule_id or 0, ())
        body = _body(alert, rules[alert.rule_id or 0]) if told else ""
        for hook_id in told:
            yield _delivery(alert, channel=Channel.WEBHOOK, webhook_id=hook_id, body=body)


def _pushes(alerts: Iterable[Alert]) -> Iterator[Delivery]:
    for alert, device_id in devices_to_tell(list(filter(is_worth_a_letter, alerts)), timezone.now()):
        yield _delivery(alert, channel=Channel.PUSH, device_id=device_id)


def _body(alert: Alert, rule: AlertRule) -> str:
    tracker = alert.tracker
    return encode_alert(
        render_entry(raised_alert(alert), iso=True),
        rule={"id": rule.pk, "name": rule.name, "type": rule.kind},
        tracker={"id": tracker.pk, "label": tracker.label, "source_id": tracker.source_id},
    )


def _enabled_hooks(rules: Mapping[int, AlertRule]) -> dict[int, list[int]]:
    """The webhooks of each rule that has some."""
    pairs = AlertRule.webhooks.through.objects.filter(alertrule_id__in=list(rules), webhook__is_enabled=True)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for rule_id, hook_id in pairs.order_by("webhook_id").values_list("alertrule_id", "webhook_id"):
        found[rule_id].append(hook_id)
    return found


def _delivery(alert: Alert, **fields: object) -> Delivery:
    moment = alert.received_at
    return Delivery(account_id=alert.account_id, alert=alert, created_at=moment, next_attempt_at=moment, **fields)


def bound_queue(account_id: int) -> None:
    """Gives up the oldest of what waits for an account beyond the bound."""
    waiting = Delivery.objects.filter(account_id=account_id, status=DeliveryStatus.WAITING)
    newest_first = waiting.order_by("-pk").values_list("pk", flat=True)
    surplus = newest_first[MAX_WAITING_PER_ACCOUNT : MAX_WAITING_PER_ACCOUNT + 1].first()
    if surplus is None:
        return
    # What somebody else has in hand is about to end by itself: no report waits for it.
    oldest = waiting.filter(pk__lte=surplus).order_by("pk").select_for_update(skip_locked=True)
    given_up = dict(oldest.values_list("pk", "channel")[:MAX_GIVEN_UP_AT_ONCE])
    rows = Delivery.objects.filter(pk__in=given_up)
    rows.update(status=DeliveryStatus.GAVE_UP, error=QUEUE_FULL, finished_at=timezone.now())
    for channel, count in Counter(given_up.values()).items():
        count_given_up(channel, count)
    logger.warning("%s deliveries of account %s were given up: %s", len(given_up), account_id, QUEUE_FULL)
