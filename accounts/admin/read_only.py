"""Lists of the Django admin for what only the system writes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class WrittenElsewhere(admin.ModelAdmin):
    """To be looked at, and to be removed by who may."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(WrittenElsewhere):
    """To be looked at."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
