"""Pushes to browsers: one at a time for each, in order, and what comes thick is summed up (alerts §6.6)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from alerts.models import Alert, Channel, Delivery, DeliveryStatus, PushDevice
from alerts.rendering.push_messages import MAX_LINES, encode_push, tag_of, topic_of
from alerts.services.delivery.claims import HOUR, PAUSES, POST_CLAIM, Outcome, due, put_down
from alerts.services.delivery.metrics import count_given_up
from alerts.services.delivery.posting import PostError, post
from alerts.services.push.encryption import encode, encode_point, encrypt, read_keys, sign_token
from alerts.services.push.keys import private_key
from alerts.storage.raised import raised_alert

logger = logging.getLogger(__name__)

PUSHES_PER_HOUR = 20
MIN_PAUSE = timedelta(seconds=10)
# What is later is read at the bell.
PUSH_PAUSES = PAUSES[:4]
MAX_TOLD_TOGETHER = 1_000
EMERGENCY_TTL_S = 24 * 3600
TOKEN_LIFETIME = timedelta(hours=12)
GONE = (404, 410)
WORTH_TRYING_AGAIN = (408, 429)
LOST_KEY = "SECRET_KEY was changed: devices are to ask for pushes anew"
FORGOTTEN = "the push service knows this device no longer: it was forgotten"
LEFT = "the session of the device has ended"


@dataclass(frozen=True, slots=True)
class Push:
    """A message to a device, ready to be posted, and the deliveries that it tells of."""

    device_id: int
    told: Sequence[Delivery]
    endpoint: str
    body: bytes
    headers: dict[str, str]


def devices_with_due_pushes(now: datetime) -> list[int]:
    """The devices to which something is to be pushed now."""
    pushes = due(now, Channel.PUSH).filter(device=OuterRef("pk")).order_by()
    return list(PushDevice.objects.filter(Exists(pushes)).values_list("pk", flat=True))


def claim_push(device_id: int, now: datetime) -> Push | None:
    """The next message to a device: of one alert, or of all that have gathered; None when it is to wait."""
    with transaction.atomic():
        device = PushDevice.objects.select_for_update().filter(pk=device_id).first()
        told = [] if device is None else _told(device, now)
        Delivery.objects.filter(pk__in=[one.pk for one in told]).update(claimed_until=now + POST_CLAIM)
    if device is None or not told:
        return None
    push = _compose(device, told, now)
    if push is None:
        put_down(told, Outcome(False, error=LOST_KEY, is_final=True), now)
    return push


def _told(device: PushDevice, now: datetime) -> list[Delivery]:
    waiting = Delivery.objects.filter(device=device, channel=Channel.PUSH, status=DeliveryStatus.WAITING).order_by("pk")
    rows = list(waiting.select_related("alert")[:MAX_TOLD_TOGETHER])
    if not rows or any(row.claimed_until is not None and row.claimed_until > now for row in rows):
        return []
    # An emergency waits for nobody, and takes along what does.
    is_urgent = any(row.alert is not None and row.alert.is_emergency and not row.attempts for row in rows)
    begin = max(rows[0].next_attempt_at, _may_ring_at(device, now))
    if begin > now and not is_urgent:
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(next_attempt_at=begin)
        return []
    return rows


def _may_ring_at(device: PushDevice, now: datetime) -> datetime:
    """Not at once after the last push, and only so often an hour; no clock that was set back holds it up."""
    begins = [now]
    if device.last_success_at is not None and device.last_success_at <= now:
        begins.append(device.last_success_at + MIN_PAUSE)
    if device.hour_began_at is not None and device.hour_began_at <= now and device.pushes_in_hour >= PUSHES_PER_HOUR:
        begins.append(device.hour_began_at + HOUR)
    return max(begins)


def _compose(device: PushDevice, told: Sequence[Delivery], now: datetime) -> Push | None:
    """None when the key of this installation cannot be read, or the alerts are gone."""
    alerts = Alert.objects.filter(deliveries__in=[one.pk for one in told]).select_related("tracker")
    shown = [raised_alert(alert) for alert in alerts.order_by("-pk")[:MAX_LINES]]
    if (key := private_key()) is None or not shown:
        return None
    is_emergency = any(one.alert is not None and one.alert.is_emergency for one in told)
    headers = {
        "authorization": _authorization(key, device.endpoint, now),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(EMERGENCY_TTL_S if is_emergency else settings.ALERT_MAX_AGE_S),
        "topic": topic_of(tag_of(shown, len(told))),
        "urgency": "high" if is_emergency else "normal",
    }
    body = encrypt(encode_push(shown, len(told)), read_keys(device.public_key, device.auth_secret))
    return Push(device.pk, told, device.endpoint, body, headers)


def _authorization(key: ec.EllipticCurvePrivateKey, endpoint: str, now: datetime) -> str:
    parts = urlsplit(endpoint)
    expires_s = int((now + TOKEN_LIFETIME).timestamp())
    token = sign_token(key, audience=f"{parts.scheme}://{parts.netloc}", subject=_subject(), expires_s=expires_s)
    return f"vapid t={token}, k={encode(encode_point(key.public_key()))}"


def _subject() -> str:
    """Whom a push service may turn to; some take no address of a host that only we know."""
    if settings.PUBLIC_PARTS.scheme == "https":
        return settings.PUBLIC_URL
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


async def attempt_push(push: Push) -> Outcome:
    """Posts a message once."""
    try:
        status = await post(push.endpoint, push.body, push.headers)
    except PostError as error:
        return Outcome(False, error=str(error))
    if 200 <= status < 300:
        return Outcome(True, status)
    is_final = 400 <= status < 500 and status not in WORTH_TRYING_AGAIN
    return Outcome(False, status, FORGOTTEN if status in GONE else f"answered {status}", is_final)


@transaction.atomic
def put_down_push(push: Push, outcome: Outcome, now: datetime) -> None:
    """Notes what came of a message; a device that its service does not know is forgotten."""
    device_id = push.device_id
    put_down(push.told, outcome, now, pauses=PUSH_PAUSES)
    if outcome.is_taken:
        _note_success(device_id, now)
    elif outcome.http_status in GONE:
        give_up_pushes(FORGOTTEN, device=device_id)
        PushDevice.objects.filter(pk=device_id).delete()
        logger.info("device %s was forgotten: its push service answered %s", device_id, outcome.http_status)


def _note_success(device_id: int, now: datetime) -> None:
    devices = PushDevice.objects.filter(pk=device_id)
    device = devices.select_for_update().first()
    if device is None:
        return
    is_same_hour = device.hour_began_at is not None and device.hour_began_at <= now < device.hour_began_at + HOUR
    if is_same_hour:
        devices.update(last_success_at=now, pushes_in_hour=F("pushes_in_hour") + 1)
    else:
        devices.update(last_success_at=now, hour_began_at=now, pushes_in_hour=1)


def give_up_pushes(reason: str, *, device: int | None) -> None:
    """Ends what waits for a device; None: for those that are gone."""
    waiting = Delivery.objects.filter(device=device, channel=Channel.PUSH, status=DeliveryStatus.WAITING)
    count = waiting.update(status=DeliveryStatus.GAVE_UP, error=reason, finished_at=timezone.now())
    count_given_up(Channel.PUSH, count)
