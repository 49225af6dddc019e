"""Attempts at a webhook: of a delivery that waits, and of a test that its owner waits for."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from threading import BoundedSemaphore
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from accounts.wire.dates import format_date
from accounts.wire.errors import ApiError, ErrorCode
from alerts.models import Delivery, Webhook
from alerts.rendering.post_templates import SAMPLE, Composed, PostFormat, PostTemplate, TemplateError, fields_of
from alerts.rendering.posts import encode_post, headers_of_post
from alerts.services.delivery.claims import Outcome
from alerts.services.delivery.posting import PostError, post
from alerts.services.webhooks import key_of, template_of

# Each holds a thread of the server for as long as its receiver likes, ten seconds at most.
MAX_TESTS_AT_ONCE = 4
LOST_KEY = "SECRET_KEY was changed: make the webhook anew"

_tests = BoundedSemaphore(MAX_TESTS_AT_ONCE)


async def attempt_post(delivery: Delivery) -> Outcome:
    """Tries a delivery, read with its webhook, once."""
    assert delivery.webhook is not None
    try:
        composed = compose_post(delivery.webhook, delivery.body)
    except TemplateError as error:
        return Outcome(False, error=f"the {error.part} {error.reason}", is_final=True)
    return await _attempt(delivery.webhook, delivery.message_id, composed)


def compose_post(hook: Webhook, document: str) -> Composed:
    """The post to a webhook, read with its account, of the document of an alert. Raises TemplateError."""
    fields = fields_of(json.loads(document), ZoneInfo(hook.account.time_zone), f"{settings.PUBLIC_URL}/")
    return template_of(hook).compose(document, fields)


def sample_post(template: PostTemplate, zone: ZoneInfo) -> Composed:
    """A post of an alert that never was. Raises TemplateError."""
    fields = fields_of(SAMPLE, zone, f"{settings.PUBLIC_URL}/")
    return template.compose(encode_post("history", **SAMPLE), fields)


def post_test(hook: Webhook) -> Outcome:
    """Posts a test to a webhook: of the type `test`, or by its template as an alert that never was.

    Raises ApiError TOO_MANY_REQUESTS while others are under way.
    """
    if not _tests.acquire(blocking=False):
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS)
    try:
        return asyncio.run(_attempt(hook, uuid.uuid4(), _test_of(hook)))
    finally:
        _tests.release()


def _test_of(hook: Webhook) -> Composed:
    composed = sample_post(template_of(hook), ZoneInfo(hook.account.time_zone))
    if hook.format != PostFormat.OWN:
        return composed
    time = format_date(timezone.now(), timezone.get_default_timezone(), iso=True)
    return replace(composed, body=encode_post("test", time=time, webhook_id=hook.pk).encode())


async def _attempt(hook: Webhook, message_id: uuid.UUID, composed: Composed) -> Outcome:
    key = key_of(hook)
    if key is None:
        return Outcome(False, error=LOST_KEY, is_final=True)
    headers = headers_of_post(f"msg_{message_id.hex}", int(timezone.now().timestamp()), composed.body, key)
    try:
        status = await post(composed.url, composed.body, {"content-type": composed.content_type, **headers})
    except PostError as error:
        return Outcome(False, error=str(error))
    is_taken = 200 <= status < 300
    return Outcome(is_taken, status, "" if is_taken else f"answered {status}")
