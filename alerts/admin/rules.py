"""Alert rules in the Django admin: to be looked at, rested and removed; they are written by the API."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.read_only import WrittenElsewhere
from accounts.admin.words import word_for
from alerts.models import AlertRule
from alerts.services.rules import remove_rules, suspend_rules


@admin.register(AlertRule)
class AlertRuleAdmin(WrittenElsewhere):
    """Removing and resting go through the services, which tell who is still watched."""

    list_display = (
        "__str__",
        "kind",
        "account",
        word_for("is_suspended", "suspended"),
        word_for("is_private", "private"),
        "trackers_bound",
    )
    list_filter = ("kind", "is_suspended", "is_emergency")
    list_select_related = ("account",)
    search_fields = ("name", "account__login")
    actions = ("suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        rules: QuerySet[AlertRule] = super().get_queryset(request)
        return rules.annotate(bound=Count("trackers", distinct=True))

    @admin.display(ordering="bound", description="trackers")
    def trackers_bound(self, rule: AlertRule) -> int:
        bound: int = rule.bound  # type: ignore[attr-defined]
        return bound

    def delete_model(self, request: HttpRequest, obj: AlertRule) -> None:
        remove_rules([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        remove_rules(list(queryset))

    @admin.action(description="Let rest", permissions=["delete"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        suspend_rules(list(queryset.select_related("account")), is_suspended=True, now=timezone.now())

    @admin.action(description="Resume", permissions=["delete"])
    def resume(self, request: HttpRequest, queryset: QuerySet[AlertRule]) -> None:
        suspend_rules(list(queryset.select_related("account")), is_suspended=False, now=timezone.now())
