"""Share links in the Django admin; every change goes through the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ShareLink, User
from accounts.services import share_links
from accounts.wire.sharing import SharedField
from records.rendering.share_links import MAX_TRACKERS, stored_params
from trackers.models import Tracker

CHOICES = [(field.value, field.value.replace("_", " ")) for field in SharedField]


class NewShareLinkForm(forms.ModelForm):
    tracker_ids = forms.CharField(label="trackers", help_text="ids with commas between them, as the list of trackers")
    shown = forms.MultipleChoiceField(
        choices=CHOICES, required=False, widget=forms.CheckboxSelectMultiple, help_text="beside the place"
    )

    class Meta:
        model = ShareLink
        fields = ("user", "description", "begins_at", "expires_at")

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if not share_links.has_room(user):
            raise ValidationError("the account has as many links as allowed")
        return user

    def clean_tracker_ids(self) -> list[int]:
        try:
            found = list(dict.fromkeys(int(one) for one in self.cleaned_data["tracker_ids"].split(",")))
        except ValueError as error:
            raise ValidationError("must be ids with commas between them") from error
        if len(found) > MAX_TRACKERS:
            raise ValidationError(f"must be at most {MAX_TRACKERS}")
        return found

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        self._check_trackers(values.get("user"), values.get("tracker_ids"))
        end, begin = values.get("expires_at"), values.get("begins_at")
        if end is not None and end <= (begin or timezone.now()):
            self.add_error("expires_at", "must be after the beginning, and not be over")
        return values

    def _check_trackers(self, user: User | None, tracker_ids: list[int] | None) -> None:
        if user is None or tracker_ids is None:
            return
        trackers = Tracker.objects.filter(account=user.account_id, pk__in=tracker_ids)
        seen = trackers if user.master_id is None else trackers.filter(sub_users=user)
        if seen.count() < len(tracker_ids):
            self.add_error("tracker_ids", "must be trackers that the user sees")


@admin.register(ShareLink)
class ShareLinkAdmin(admin.ModelAdmin):
    """Links that show trackers to whoever has them. The link itself is shown once, after it was made."""

    form = NewShareLinkForm
    list_display = ("__str__", "user", "first_characters", "is_enabled", "begins_at", "expires_at")
    list_filter = ("is_enabled",)
    search_fields = ("description", "user__login")
    list_select_related = ("user",)
    ordering = ("-pk",)
    fields = ("user", "description", "tracker_ids", "shown", "begins_at", "expires_at")
    autocomplete_fields = ("user",)
    actions = ("enable", "disable")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("user", "description", "trackers", "params", "is_enabled", "created_at", "begins_at", "expires_at")
        return shown if obj else self.fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: ShareLink, form: forms.ModelForm, change: bool) -> None:
        fields = {"object_data": form.cleaned_data["shown"]}
        trackers = [{"alias": None, "tracker_id": one, "params": fields} for one in form.cleaned_data["tracker_ids"]]
        content = share_links.Content(obj.description, obj.begins_at, obj.expires_at, trackers, stored_params(None))
        link, token = share_links.create_link(obj.user, content)
        obj.pk = link.pk
        messages.warning(request, f"The link is {request.build_absolute_uri(f'/share/{token}')}. It is shown only now.")

    @admin.action(description="Enable the selected links", permissions=["delete"])
    def enable(self, request: HttpRequest, links: QuerySet[ShareLink]) -> None:
        for link in links:
            share_links.set_enabled(link, True)

    @admin.action(description="Disable the selected links: they show nothing", permissions=["delete"])
    def disable(self, request: HttpRequest, links: QuerySet[ShareLink]) -> None:
        for link in links:
            share_links.set_enabled(link, False)

    def delete_model(self, request: HttpRequest, obj: ShareLink) -> None:
        share_links.remove_links(ShareLink.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ShareLink]) -> None:
        share_links.remove_links(queryset)
