"""Devices that take pushes, in the Django admin: to be looked at, and to be told nothing more."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from alerts.models import PushDevice


@admin.register(PushDevice)
class PushDeviceAdmin(admin.ModelAdmin):
    """Browsers ask for pushes themselves; the whole address is nobody else's business."""

    list_display = (
        "__str__",
        "user",
        "service",
        "created_at",
        "last_success_at",
        "quiet_from",
        "quiet_to",
        "time_zone",
    )
    list_select_related = ("session__user",)
    search_fields = ("session__user__login",)
    fields = ("service", "created_at", "last_success_at", "quiet_from", "quiet_to", "time_zone")
    readonly_fields = ("service",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(ordering="session__user__login")
    def user(self, device: PushDevice) -> User:
        return device.session.user

    @admin.display(description="push service")
    def service(self, device: PushDevice) -> str:
        return urlsplit(device.endpoint).netloc
