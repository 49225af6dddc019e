"""Webhooks and deliveries in the Django admin: to be looked at, and to be tried again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import WrittenElsewhere
from accounts.wire.characters import isolate
from alerts.models import Channel, Delivery, Webhook
from alerts.rendering.post_templates import TemplateError
from alerts.services.delivery.attempts import sample_post
from alerts.services.delivery.claims import try_again
from alerts.services.webhooks import delete_webhook, template_of


@admin.register(Webhook)
class WebhookAdmin(WrittenElsewhere):
    """Their owners make them, as only they are shown the secret."""

    list_display = ("title", "account", "url", "is_enabled", "last_success_at", "last_failure_at", "failing_since")
    list_filter = ("is_enabled", ("failing_since", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("title", "account__login", "url")
    fields = ("account", "title", "url", "format", "template", "preview", "is_enabled")
    readonly_fields = ("preview",)

    @admin.display(description="a post of an alert")
    def preview(self, hook: Webhook) -> str:
        try:
            post = sample_post(template_of(hook), ZoneInfo(hook.account.time_zone))
        except TemplateError as error:
            return f"{error.part}: {error.reason}"
        return f"POST {post.url}\n{post.content_type}\n\n{post.body.decode()}"

    def delete_model(self, request: HttpRequest, obj: Webhook) -> None:
        delete_webhook(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for hook in queryset:
            delete_webhook(hook)


@admin.register(Delivery)
class DeliveryAdmin(WrittenElsewhere):
    """What was sent, what waits, and what was given up and why."""

    list_display = ("created_at", "account", "channel", "receiver", "status", "attempts", "http_status", "error")
    list_filter = ("status", "channel", "is_held")
    list_select_related = ("account", "webhook", "device__session__user")
    search_fields = ("address", "account__login", "webhook__title")
    # Of what may be many, counting takes long.
    show_full_result_count = False
    actions = ("send_again",)

    @admin.display(description="to")
    def receiver(self, delivery: Delivery) -> str:
        if delivery.channel == Channel.PUSH:
            return "a device that is gone" if delivery.device is None else f"a device of {delivery.device.session.user}"
        return delivery.address if delivery.webhook is None or delivery.address else isolate(delivery.webhook.title)

    @admin.action(description="Try again what was given up", permissions=["delete"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        count = try_again(queryset)
        self.message_user(request, f"{count} deliveries will be tried again at once.")
