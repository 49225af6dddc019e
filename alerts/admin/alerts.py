"""Alerts in the Django admin: to be looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.wire.characters import isolate
from alerts.models import Alert


@admin.register(Alert)
class AlertAdmin(admin.ModelAdmin):
    """What rules have found, the newest first; they are written by judging alone."""

    list_display = ("happened", "event", "tracker", "account", "told", "is_emergency", "acknowledged_by")
    list_display_links = None
    list_filter = ("event", "is_emergency")
    list_select_related = ("tracker", "account", "acknowledged_by")
    search_fields = ("tracker__label", "account__login", "message")
    ordering = ("-time", "-pk")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(ordering="time", description="time (UTC)")
    def happened(self, alert: Alert) -> str:
        return f"{alert.time:%Y-%m-%d %H:%M:%S}"

    @admin.display(ordering="message", description="message")
    def told(self, alert: Alert) -> str:
        return isolate(alert.message)
