"""Reports in the Django admin, to be looked at and removed."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import WrittenElsewhere
from records.models import Report
from records.services import reports


@admin.register(Report)
class ReportAdmin(WrittenElsewhere):
    list_display = ("title", "account", "user", "since", "until", "created_at", "finished_at")
    list_filter = ("account",)
    list_select_related = ("account", "user")
    search_fields = ("title", "account__login")

    def delete_model(self, request: HttpRequest, obj: Report) -> None:
        reports.remove_report(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        for report in queryset:
            reports.remove_report(report)
