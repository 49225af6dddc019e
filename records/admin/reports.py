"""Reports in the Django admin, to be looked at and removed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.filters import ACCOUNT, ByAccount
from accounts.admin.read_only import WrittenElsewhere
from records.models import Report, ReportLetter, ReportSchedule
from records.services.reports import making as reports
from records.services.reports import schedules


class LetterInline(admin.TabularInline):
    """The letters that bring a report."""

    model = ReportLetter
    extra = 0
    can_delete = False
    fields = ("address", "format", "attempts", "next_attempt_at", "sent_at", "given_up_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Report)
class ReportAdmin(ByAccount, WrittenElsewhere):
    inlines = (LetterInline,)
    list_display = ("title", "account", "user", "since", "until", "created_at", "finished_at")
    list_filter = (ACCOUNT,)
    list_select_related = ("account", "user")
    search_fields = ("title", "account__login")

    def delete_model(self, request: HttpRequest, obj: Report) -> None:
        reports.remove_report(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        for report in queryset:
            reports.remove_report(report)


@admin.register(ReportSchedule)
class ReportScheduleAdmin(ByAccount, WrittenElsewhere):
    list_display = ("__str__", "account", "user", "is_enabled", "due_at", "fired_at")
    list_filter = ("is_enabled", ACCOUNT)
    list_select_related = ("account", "user")
    search_fields = ("account__login", "user__login")

    def delete_model(self, request: HttpRequest, obj: ReportSchedule) -> None:
        schedules.remove_schedule(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ReportSchedule]) -> None:
        for schedule in queryset:
            schedules.remove_schedule(schedule)
