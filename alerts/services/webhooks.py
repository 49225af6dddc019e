"""Webhooks: addresses to which alerts are posted, and the keys by which their posts are signed (alerts §6.4)."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.selectors import first_of
from accounts.services.users import lock_account
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.public_addresses import is_public, literal_address
from alerts.models import Channel, Delivery, DeliveryStatus, Webhook
from alerts.rendering.post_templates import PostFormat, PostTemplate, TemplateError
from alerts.services.delivery.metrics import count_given_up
from alerts.services.sealing import seal, unseal

MAX_WEBHOOKS = 20
KEY_BYTES = 32
SALT = "alerts.webhooks"
BRACES = str.maketrans("{}", "xx")
DISABLED = "the webhook was switched off"
GONE = "the receiver is gone (410): the webhook was switched off"


@transaction.atomic
def create_webhook(
    account_id: int, *, title: str, template: PostTemplate, is_enabled: bool = True
) -> tuple[Webhook, bytes]:
    """A new webhook and the key of its signatures, which is shown to nobody again.

    Raises ApiError: OVER_QUOTA, SESSION_ENDED for an account that is gone; and ValidationError for a URL or template by
    which nothing can be posted.
    """
    check_template(template)
    lock_account(account_id)
    if Webhook.objects.filter(account_id=account_id).count() >= MAX_WEBHOOKS:
        raise ApiError(ErrorCode.OVER_QUOTA)
    key = secrets.token_bytes(KEY_BYTES)
    hook = Webhook(account_id=account_id, title=title, is_enabled=is_enabled, sealed_secret=seal(key, SALT))
    hook.url, hook.format, hook.template = template.url, template.format, template.body
    hook.save()
    return hook, key


@transaction.atomic
def update_webhook(hook: Webhook) -> None:
    """Stores what was changed of a webhook.

    What waits for one that is switched off is given up; another address begins with a clean record. Raises ApiError
    NOT_FOUND when it was removed meanwhile, and ValidationError for what nothing can be posted by.
    """
    check_template(template_of(hook))
    before = first_of(Webhook.objects.select_for_update().filter(pk=hook.pk))
    if before.url != hook.url or (hook.is_enabled and not before.is_enabled):
        hook.failing_since = hook.owner_told_at = None
    hook.save(update_fields=["title", "url", "format", "template", "is_enabled", "failing_since", "owner_told_at"])
    if not hook.is_enabled:
        give_up_posts(hook.pk, DISABLED)


def delete_webhook(hook: Webhook) -> None:
    """Removes a webhook, what waits for it, and it from the rules that name it."""
    hook.delete()


def give_up_posts(hook_id: int, reason: str) -> None:
    """Ends what waits for a webhook."""
    waiting = Delivery.objects.filter(webhook_id=hook_id, channel=Channel.WEBHOOK, status=DeliveryStatus.WAITING)
    count = waiting.update(status=DeliveryStatus.GAVE_UP, error=reason, finished_at=timezone.now())
    count_given_up(Channel.WEBHOOK, count)


def template_of(hook: Webhook) -> PostTemplate:
    """How posts to a webhook are written."""
    return PostTemplate(hook.url, PostFormat(hook.format), hook.template)


def check_template(template: PostTemplate) -> None:
    """Raises ValidationError for a URL or template by which nothing can be posted."""
    # Fields are no more than letters of the address here; what they may not be part of is found next.
    check_url(template.url.translate(BRACES))
    try:
        template.check()
    except TemplateError as error:
        raise ValidationError({error.part: error.reason}) from error


def check_url(url: str) -> None:
    """Raises ValidationError when no alert may be posted there, as far as that can be told without a look."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        is_whole = None
    if not is_whole or not url.isascii() or any(character in url for character in " \t\r\n\\"):
        raise ValidationError({"url": "must be an address that begins with http:// or https://"})
    if "@" in parts.netloc or parts.fragment:
        raise ValidationError({"url": "must have no user, password or fragment"})
    if not settings.WEBHOOK_PRIVATE_ADDRESSES and _is_inner(parts.hostname or ""):
        raise ValidationError({"url": "must not lead to an address that is not of the public net"})


def _is_inner(host: str) -> bool:
    address = literal_address(host)
    if address is None:
        return host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    return not is_public(address)


def key_of(hook: Webhook) -> bytes | None:
    """The key of a webhook's signatures; None when it was sealed under another SECRET_KEY."""
    return unseal(hook.sealed_secret, SALT)


def note_success(hook_id: int, now: datetime) -> None:
    """Notes that a post was taken."""
    Webhook.objects.filter(pk=hook_id).update(last_success_at=now, failing_since=None, owner_told_at=None)


def note_failure(hook_id: int, now: datetime) -> None:
    """Notes that a post was not taken."""
    since = Coalesce("failing_since", Value(now, DateTimeField()))
    Webhook.objects.filter(pk=hook_id).update(last_failure_at=now, failing_since=since)


def switch_off(hook_id: int) -> None:
    """Posts nothing to a webhook from now on, as its receiver is gone for good."""
    Webhook.objects.filter(pk=hook_id).update(is_enabled=False)
    give_up_posts(hook_id, GONE)
