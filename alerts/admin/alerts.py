"""Alerts in the Django admin: to be looked at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.read_only import ReadOnly
from accounts.admin.words import word_for
from accounts.wire.characters import isolate
from alerts.models import Alert


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    """What rules have found, the newest first; they are written by judging alone."""

    list_display = (
        "happened",
        "event",
        "tracker",
        "account",
        "told",
        word_for("is_emergency", "emergency"),
        "acknowledged_by",
    )
    list_display_links = None
    list_filter = ("event", "is_emergency")
    list_select_related = ("tracker", "account", "acknowledged_by")
    search_fields = ("tracker__label", "account__login", "message")
    ordering = ("-time", "-pk")
    show_full_result_count = False

    @admin.display(ordering="time", description="time (UTC)")
    def happened(self, alert: Alert) -> str:
        return f"{alert.time:%Y-%m-%d %H:%M:%S}"

    @admin.display(ordering="message", description="message")
    def told(self, alert: Alert) -> str:
        return isolate(alert.message)
