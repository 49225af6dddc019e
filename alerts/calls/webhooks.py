"""The calls about webhooks: addresses to which rules post their alerts (alerts §6.4). All need the right `admin`."""

from __future__ import annotations

from typing import Annotated, Any

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal, first_of
from accounts.wire import schema
from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters, is_blank, read_text
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, nullable, open_object, optional, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, FLAG, ID, INTEGER, Term, between, one_of, printable, text
from alerts.models import Channel, Delivery, DeliveryStatus, Webhook
from alerts.models.deliveries import MAX_URL_LENGTH
from alerts.rendering.post_templates import FIELDS, MAX_TEMPLATE_LENGTH, PostFormat, PostTemplate
from alerts.rendering.posts import SECRET_PREFIX, encode_secret
from alerts.services import webhooks
from alerts.services.delivery.attempts import post_test, sample_post
from trackers.calls.validation import told_as_parameters

MAX_DELIVERIES = 1000
_BREAKS = dict.fromkeys(map(ord, "\t\n\r"), " ")


def _read_template_text(name: str, value: Any) -> str:
    """Text that may have several lines."""
    if is_blank(value):
        return ""
    if not isinstance(value, str):
        raise invalid_parameter(name, "must be a string")
    read_text(name, value.translate(_BREAKS), max_length=MAX_TEMPLATE_LENGTH)
    return value.strip()


TITLE = said(printable(), "for you to know it by")
URL = said(printable(MAX_URL_LENGTH), "`http` or `https`, of the public net; fields as `{{label}}` after the host")
FORMAT = said(one_of(PostFormat), "of posts: our own document, or what `template` makes")
TEMPLATE = said(
    Term(text(MAX_TEMPLATE_LENGTH), _read_template_text), f"with fields as `{{{{label}}}}`: {', '.join(FIELDS)}"
)
SECRET = said(text(pattern=f"^{SECRET_PREFIX}[0-9A-Za-z+/]{{43}}=$"), "shown only here")
HTTP_STATUS = said(nullable(INTEGER), "null: nothing was answered")
ERROR = said(text(), "empty: none")
HOOK = record(
    "Webhook",
    id=ID,
    title=text(),
    url=text(),
    format=one_of(PostFormat),
    template=said(text(), "of the body; empty where the format is our own"),
    enabled=FLAG,
    last_success=nullable(DATE),
    last_failure=nullable(DATE),
    failing_since=said(nullable(DATE), "the first failure after the last success"),
)
DELIVERY = record(
    "Delivery",
    id=ID,
    history_id=said(nullable(ID), "of the entry of the history of events"),
    attempt=said(INTEGER, "how many have been made"),
    status=one_of(*DeliveryStatus.values),
    http_status=HTTP_STATUS,
    error=ERROR,
    next_attempt=said(nullable(DATE), "null: there will be none"),
)
_WRITTEN: schema.Fields = {
    "url": URL,
    "format": optional(FORMAT, default=PostFormat.OWN.value),
    "template": optional(TEMPLATE, default=""),
}
_NEW: schema.Fields = {"title": TITLE, **_WRITTEN, "enabled": optional(FLAG, default=True)}
_CHANGED: dict[str, tuple[str, Term[Any]]] = {
    "title": ("title", TITLE),
    "url": ("url", URL),
    "format": ("format", FORMAT),
    "template": ("template", TEMPLATE),
    "enabled": ("is_enabled", FLAG),
}
_KNOWN: schema.Fields = {"id": ID, **{name: optional(term) for name, (_, term) in _CHANGED.items()}}
_PLACES = {"url": "webhook.url", "template": "webhook.template"}


def _hook_for(master: Principal, webhook_id: int) -> Webhook:
    hooks = Webhook.objects.filter(account_id=master.account_id, pk=webhook_id)
    return first_of(hooks.select_related("account"))


OneHook = Annotated[Webhook, Found("webhook_id", said(ID, "in `webhook/list`"), _hook_for, codes=(201,))]


@call("webhook/create", right=Right.ADMIN, gives={"id": ID, "secret": SECRET}, codes=(268,))
def create_webhook(call: UserCall, webhook: Annotated[Parameters, open_object(_NEW)]) -> Fields:
    """A new webhook, and the secret by which its receiver knows that a post is ours."""
    title, template = webhook.read("title", TITLE), _read_template(webhook)
    is_enabled = webhook.read("enabled", FLAG, default=True)
    with told_as_parameters(_PLACES):
        hook, key = webhooks.create_webhook(
            call.caller.account_id, title=title, template=template, is_enabled=is_enabled
        )
    return {"id": hook.pk, "secret": encode_secret(key)}


def _read_template(webhook: Parameters) -> PostTemplate:
    url, how = webhook.read("url", URL), webhook.read("format", FORMAT, default=PostFormat.OWN)
    return PostTemplate(url, how, webhook.read("template", TEMPLATE, default=""))


@call("webhook/preview", right=Right.ADMIN, gives={"url": text(), "content_type": text(), "body": text()})
def preview_webhook(call: UserCall, webhook: Annotated[Parameters, open_object(_WRITTEN)]) -> Fields:
    """What would be posted of an alert by this URL and template; nothing is stored or sent."""
    template = _read_template(webhook)
    with told_as_parameters(_PLACES):
        webhooks.check_template(template)
    post = sample_post(template, call.caller.zone)
    return {"url": post.url, "content_type": post.content_type, "body": post.body.decode()}


@call("webhook/list", right=Right.ADMIN, gives={"list": list_of(HOOK)})
def list_webhooks(call: UserCall) -> Fields:
    """The account's webhooks, and how they fare."""
    hooks = Webhook.objects.filter(account_id=call.caller.account_id).order_by("pk")
    return {"list": [_render_hook(call, hook) for hook in hooks]}


@call("webhook/update", right=Right.ADMIN, codes=(201,))
def update_webhook(call: UserCall, webhook: Annotated[Parameters, open_object(_KNOWN)]) -> None:
    """Changes what is said of a webhook; what is left out stays. What waits for one that is not enabled is given up."""
    webhook_id = webhook.read("id", ID)
    changed = {field: webhook.read(name, term) for name, (field, term) in _CHANGED.items() if name in webhook}
    hook = _hook_for(call.caller, webhook_id)
    for field, value in changed.items():
        setattr(hook, field, value)
    with told_as_parameters(_PLACES):
        webhooks.update_webhook(hook)


@call("webhook/delete", right=Right.ADMIN)
def delete_webhook(call: UserCall, hook: OneHook) -> None:
    """Removes a webhook, also from the rules that name it; what waits for it is not sent."""
    webhooks.delete_webhook(hook)


@call("webhook/test", right=Right.ADMIN, gives={"status": HTTP_STATUS, "error": ERROR})
def test_webhook(call: UserCall, hook: OneHook) -> Fields:
    """Posts something of the type `test` now, or what the template makes, and tells what was answered."""
    outcome = post_test(hook)
    return {"status": outcome.http_status, "error": outcome.error}


@call("webhook/delivery/list", right=Right.ADMIN, gives={"list": list_of(DELIVERY)})
def list_deliveries(call: UserCall, hook: OneHook, limit: Annotated[int, between(1, MAX_DELIVERIES)] = 100) -> Fields:
    """What was or is to be posted to a webhook, the newest first; what has ended is kept for 30 days."""
    posts = Delivery.objects.filter(webhook=hook, channel=Channel.WEBHOOK).order_by("-pk")
    return {"list": [_render_delivery(call, delivery) for delivery in posts[:limit]]}


def _render_hook(call: UserCall, hook: Webhook) -> Fields:
    return {
        "id": hook.pk,
        "title": hook.title,
        "url": hook.url,
        "format": hook.format,
        "template": hook.template,
        "enabled": hook.is_enabled,
        "last_success": call.date_of(hook.last_success_at),
        "last_failure": call.date_of(hook.last_failure_at),
        "failing_since": call.date_of(hook.failing_since),
    }


def _render_delivery(call: UserCall, delivery: Delivery) -> Fields:
    is_waiting = delivery.status == DeliveryStatus.WAITING
    return {
        "id": delivery.pk,
        "history_id": delivery.alert_id,
        "attempt": delivery.attempts,
        "status": delivery.status,
        "http_status": delivery.http_status,
        "error": delivery.error,
        "next_attempt": call.date_of(delivery.next_attempt_at) if is_waiting else None,
    }
