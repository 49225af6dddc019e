"""What the Django admin does to who may see trackers: each asks for whom, and then goes through the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import User
from accounts.wire.errors import ApiError
from trackers.models import Tracker
from trackers.services import access, panel


class AccountForm(forms.Form):
    """Which account gets the trackers."""

    account = forms.ModelChoiceField(
        User.objects.filter(master=None),
        widget=AutocompleteSelect(Tracker._meta.get_field("account"), admin.site),
    )


class SubUsersForm(forms.Form):
    """Which sub-users of an account it is about."""

    sub_users = forms.ModelMultipleChoiceField(User.objects.none(), widget=forms.CheckboxSelectMultiple)

    def __init__(self, account_id: int, data: Any = None) -> None:
        super().__init__(data)
        self.fields["sub_users"].queryset = User.objects.filter(master=account_id)  # type: ignore[attr-defined]


class AccessActions:
    """The actions of trackers that ask whom they are for. A mixin of a model's admin."""

    @admin.action(description="Move: make the selected trackers another account's", permissions=["move"])
    def move(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> HttpResponse | None:
        def move(form: forms.Form) -> None:
            for tracker in trackers:
                panel.move_to(tracker, form.cleaned_data["account"].pk)

        return self._ask(request, trackers, AccountForm, move, "Move to another account")

    def has_move_permission(self, request: HttpRequest) -> bool:
        """As the panel's call: who moves a tracker takes it from one account and gives it to another."""
        return request.user.has_perms(["trackers.add_tracker", "trackers.delete_tracker"])

    @admin.action(description="Clone: show the selected trackers in another account, too", permissions=["add"])
    def clone(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> HttpResponse | None:
        def clone(form: forms.Form) -> None:
            for tracker in trackers:
                panel.clone_for(tracker, form.cleaned_data["account"].pk, tracker.label)

        return self._ask(request, trackers, AccountForm, clone, "Clone into another account")

    @admin.action(description="Bind: let sub-users see the selected trackers", permissions=["change"])
    def bind(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> HttpResponse | None:
        return self._ask_for_sub_users(request, trackers, access.bind_trackers, "Bind to sub-users")

    @admin.action(description="Unbind: hide the selected trackers from sub-users", permissions=["change"])
    def unbind(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> HttpResponse | None:
        return self._ask_for_sub_users(request, trackers, access.unbind_trackers, "Unbind from sub-users")

    def _ask_for_sub_users(
        self, request: HttpRequest, trackers: QuerySet[Tracker], change: Callable[[User, list[int]], None], title: str
    ) -> HttpResponse | None:
        tracker_ids = [tracker.pk for tracker in trackers]
        account_ids = {tracker.account_id for tracker in trackers}
        if len(account_ids) != 1:
            messages.error(request, "Select trackers of one account: sub-users are of one.")
            return None
        (account_id,) = account_ids

        def change_all(form: forms.Form) -> None:
            for sub_user in form.cleaned_data["sub_users"]:
                change(sub_user, tracker_ids)

        return self._ask(request, trackers, lambda data: SubUsersForm(account_id, data), change_all, title)

    def _ask(
        self,
        request: HttpRequest,
        trackers: QuerySet[Tracker],
        make_form: Callable[[Any], forms.Form],
        change: Callable[[forms.Form], None],
        title: str,
    ) -> HttpResponse | None:
        """Shows a form, and once it is filled in does the change for all the trackers, or for none."""
        form = make_form(request.POST if "post" in request.POST else None)
        if not form.is_valid():
            return _show_form(request, trackers, form, title)
        try:
            with transaction.atomic():
                change(form)
        except ApiError as error:
            messages.error(request, f"Nothing was changed: {error.code.description}.")
        else:
            messages.success(request, f"{title}: {len(trackers)} trackers.")
        return None


def _show_form(request: HttpRequest, trackers: QuerySet[Tracker], form: forms.Form, title: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": title,
        "opts": Tracker._meta,
        "trackers": trackers,
        "form": form,
        "media": form.media,
        "action": request.POST["action"],
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
    }
    return TemplateResponse(request, "admin/trackers/tracker/choose.html", context)
