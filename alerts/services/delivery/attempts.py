"""Attempts at a webhook: of a delivery that waits, and of a test that its owner waits for."""

from __future__ import annotations

import asyncio
import uuid
from threading import BoundedSemaphore

from django.utils import timezone

from accounts.wire.dates import format_date
from accounts.wire.errors import ApiError, ErrorCode
from alerts.models import Delivery, Webhook
from alerts.rendering.posts import encode_post, headers_of_post
from alerts.services.delivery.claims import Outcome
from alerts.services.delivery.posting import PostError, post
from alerts.services.webhooks import key_of

# Each holds a thread of the server for as long as its receiver likes, ten seconds at most.
MAX_TESTS_AT_ONCE = 4
LOST_KEY = "SECRET_KEY was changed: make the webhook anew"

_tests = BoundedSemaphore(MAX_TESTS_AT_ONCE)


async def attempt_post(delivery: Delivery) -> Outcome:
    """Tries a delivery, read with its webhook, once."""
    assert delivery.webhook is not None
    return await _attempt(delivery.webhook, delivery.message_id, delivery.body)


def post_test(hook: Webhook) -> Outcome:
    """Posts a test to a webhook. Raises ApiError TOO_MANY_REQUESTS while others are under way."""
    if not _tests.acquire(blocking=False):
        raise ApiError(ErrorCode.TOO_MANY_REQUESTS)
    try:
        now = timezone.now()
        body = encode_post("test", time=format_date(now, timezone.get_default_timezone(), iso=True), webhook_id=hook.pk)
        return asyncio.run(_attempt(hook, uuid.uuid4(), body))
    finally:
        _tests.release()


async def _attempt(hook: Webhook, message_id: uuid.UUID, body: str) -> Outcome:
    key = key_of(hook)
    if key is None:
        return Outcome(False, error=LOST_KEY, is_final=True)
    sent = body.encode()
    headers = headers_of_post(f"msg_{message_id.hex}", int(timezone.now().timestamp()), sent, key)
    try:
        status = await post(hook.url, sent, headers)
    except PostError as error:
        return Outcome(False, error=str(error))
    is_taken = 200 <= status < 300
    return Outcome(is_taken, status, "" if is_taken else f"answered {status}")
