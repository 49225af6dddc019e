"""Letters about alerts, as plain text, in the language and the time zone of the account (alerts §6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.models import User
from accounts.services.mail import render_letter
from accounts.wire.dates import format_date
from alerts.models import Alert, AlertRule, Delivery
from alerts.services.delivery.claims import Outcome
from alerts.services.delivery.stopping import link_to_stop

MAX_SUBJECT_LENGTH = 200
# Of a digest: what is more stands in the list of events.
MAX_LINES = 50
PERMANENT = range(500, 600)


def send_letter(told: Sequence[Delivery]) -> Outcome:
    """Sends the letter that tells of deliveries of one account to one address; says what came of it."""
    try:
        compose(told).send()
    except Alert.DoesNotExist:
        return Outcome(False, error="the tracker was removed", is_final=True)
    except SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return _refused(code, text)
    except SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, SMTPException) as error:
        return Outcome(False, error=f"the mail server does not take letters: {type(error).__name__}")
    return Outcome(True)


def _refused(code: int, text: bytes | str) -> Outcome:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Outcome(False, error=f"the mail server said {code} {said}", is_final=code in PERMANENT)


def compose(told: Sequence[Delivery]) -> EmailMessage:
    """The letter about one alert, about several that were too many, or about a webhook."""
    first, alert_id = told[0], told[0].alert_id
    owner = User.objects.get(pk=first.account_id)
    if alert_id is None:
        return _letter("webhook_failing", owner, first, webhook=first.webhook, page=settings.PUBLIC_URL)
    alerts = Alert.objects.select_related("tracker").order_by("time", "pk")
    if not first.is_held:
        return _about_one(owner, first, alerts.get(pk=alert_id))
    shown = alerts.filter(deliveries__in=[one.pk for one in told])[:MAX_LINES]
    lines = [_line(owner, alert) for alert in shown]
    more = len(told) - len(lines)
    return _letter("several", owner, first, count=len(told), lines=lines, more=more, **_common(owner, first))


def _about_one(owner: User, delivery: Delivery, alert: Alert) -> EmailMessage:
    rule = None if alert.rule_id is None else AlertRule.objects.filter(pk=alert.rule_id).first()
    late = alert.received_at - alert.time
    return _letter(
        "alert",
        owner,
        delivery,
        alert=alert,
        message=alert.message or alert.event,
        time=_date(owner, alert.time),
        place=None if alert.latitude is None else f"{alert.latitude:.5f}, {alert.longitude:.5f}",
        is_place_old=alert.extra.get("last_known_location", False),
        minutes_late=round(late / timedelta(minutes=1)) if late.total_seconds() >= settings.ALERT_MAX_AGE_S else 0,
        rule="" if rule is None else rule.name,
        **_common(owner, delivery),
    )


def _line(owner: User, alert: Alert) -> str:
    return f"{_date(owner, alert.time)}  {alert.tracker.label}: {alert.message or alert.event}"


def _common(owner: User, delivery: Delivery) -> dict[str, Any]:
    return {
        "page": f"{settings.PUBLIC_URL}/",
        "zone": owner.time_zone,
        "stop": link_to_stop(delivery.account_id, delivery.address),
    }


def _date(owner: User, moment: datetime) -> str:
    return format_date(moment, ZoneInfo(owner.time_zone), iso=False)


def _letter(name: str, owner: User, delivery: Delivery, **values: Any) -> EmailMessage:
    """The first line of a template is the subject; the letter has the same id however often it is tried."""
    subject, body = render_letter("alerts", name, owner.locale, values)
    subject = " ".join(subject.split())
    if len(subject) > MAX_SUBJECT_LENGTH:
        subject = subject[: MAX_SUBJECT_LENGTH - 1] + "…"
    headers = {
        "Message-ID": f"<{delivery.message_id}@{settings.PUBLIC_PARTS.hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if "stop" in values:
        headers |= {"List-Unsubscribe": f"<{values['stop']}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(subject, body.lstrip("\n"), to=[delivery.address], headers=headers)
