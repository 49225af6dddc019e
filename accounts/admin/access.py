"""Security groups, notes on users and panel sessions in the Django admin; every change goes through the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Contact, PanelSession, SecurityGroup
from accounts.services import panel, users
from accounts.wire.rights import GRANTABLE_RIGHTS

RIGHTS = [(right.value, right.value.replace("_", " ")) for right in sorted(GRANTABLE_RIGHTS)]


class SecurityGroupForm(forms.ModelForm):
    rights = forms.MultipleChoiceField(choices=RIGHTS, required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = SecurityGroup
        fields = ("account", "label", "rights")


@admin.register(SecurityGroup)
class SecurityGroupAdmin(admin.ModelAdmin):
    form = SecurityGroupForm
    list_display = ("label", "account", "granted")
    search_fields = ("label", "account__login")
    list_select_related = ("account",)
    autocomplete_fields = ("account",)

    @admin.display(description="rights")
    def granted(self, group: SecurityGroup) -> str:
        return ", ".join(group.rights) or "none"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its sub-users would stay behind in a group of another account.
        return ("account",) if obj else ()

    def save_model(self, request: HttpRequest, obj: SecurityGroup, form: forms.ModelForm, change: bool) -> None:
        users.save_security_group(obj)


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):
    """What is noted of users: addresses, numbers, a comment."""

    list_display = ("user", "legal_type", "legal_name", "post_city", "is_verified")
    list_filter = ("legal_type", "is_verified")
    search_fields = ("user__login", "legal_name", "post_city", "comment")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Contact, form: forms.ModelForm, change: bool) -> None:
        users.save_contact(obj)


@admin.register(PanelSession)
class PanelSessionAdmin(admin.ModelAdmin):
    """Logins of the panel's calls. Deleting one ends it."""

    list_display = ("user", "created_at", "expires_at")
    search_fields = ("user__login",)
    list_select_related = ("user",)
    ordering = ("-created_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: PanelSession) -> None:
        panel.log_out_of_panel(obj.digest)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PanelSession]) -> None:
        for session in queryset:
            panel.log_out_of_panel(session.digest)
