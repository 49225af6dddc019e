"""Refused reports in the Django admin, from where an unknown device is registered."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.admin.read_only import ReadOnly
from accounts.wire.characters import isolate
from trackers.models import RefusedReport, Source
from trackers.reports.outcome import Outcome


@admin.register(RefusedReport)
class RefusedReportAdmin(ReadOnly):
    """To be looked at; the ways in write it."""

    list_display = ("last_time", "way", "address", "device", "reason", "count", "adoption")
    list_display_links = None
    list_filter = ("way",)
    search_fields = ("device_id", "address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusedReport]:
        is_registered = Exists(Source.objects.filter(device_id=OuterRef("device_id")))
        refused: QuerySet[RefusedReport] = super().get_queryset(request)
        return refused.annotate(is_registered=is_registered)

    @admin.display(ordering="time", description="last time (UTC)")
    def last_time(self, refused: RefusedReport) -> str:
        return f"{refused.time:%Y-%m-%d %H:%M:%S}"

    @admin.display(ordering="device_id", description="device id")
    def device(self, refused: RefusedReport) -> str:
        return isolate(refused.device_id)

    @admin.display(description="")
    def adoption(self, refused: RefusedReport) -> str:
        """The way to the form of a new tracker, which asks whether one may add trackers."""
        if refused.reason != Outcome.UNKNOWN_DEVICE:
            return ""
        if refused.is_registered:  # type: ignore[attr-defined]
            return "registered by now"
        address = f"{reverse('admin:trackers_tracker_add')}?{urlencode({'device_id': refused.device_id})}"
        return format_html('<a href="{}">Register a tracker for this device</a>', address)
