"""Webhooks and deliveries in the Django admin: to be looked at, and to be tried again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import WrittenElsewhere
from accounts.wire.characters import isolate
from alerts.models import Delivery, Webhook
from alerts.services.delivery.claims import try_again
from alerts.services.webhooks import delete_webhook


@admin.register(Webhook)
class WebhookAdmin(WrittenElsewhere):
    """Their owners make them, as only they are shown the secret."""

    list_display = ("title", "account", "url", "is_enabled", "last_success_at", "last_failure_at", "failing_since")
    list_filter = ("is_enabled", ("failing_since", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("title", "account__login", "url")
    exclude = ("sealed_secret",)

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
    list_select_related = ("account", "webhook")
    search_fields = ("address", "account__login", "webhook__title")
    # Of what may be many, counting takes long.
    show_full_result_count = False
    actions = ("send_again",)

    @admin.display(description="to")
    def receiver(self, delivery: Delivery) -> str:
        return delivery.address if delivery.webhook is None or delivery.address else isolate(delivery.webhook.title)

    @admin.action(description="Try again what was given up", permissions=["delete"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        count = try_again(queryset)
        self.message_user(request, f"{count} deliveries will be tried again at once.")
