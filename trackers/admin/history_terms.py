"""For how long the past of accounts is kept, in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from trackers.models import HistoryTerm
from trackers.services.retention import remove_term, set_term


@admin.register(HistoryTerm)
class HistoryTermAdmin(admin.ModelAdmin):
    list_display = ("account", "days")
    autocomplete_fields = ("account",)
    search_fields = ("account__login",)

    def save_model(self, request: HttpRequest, obj: HistoryTerm, form: Any, change: Any) -> None:
        set_term(obj)

    def delete_model(self, request: HttpRequest, obj: HistoryTerm) -> None:
        remove_term(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[HistoryTerm]) -> None:
        for term in queryset:
            remove_term(term)
