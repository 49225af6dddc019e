"""Filters of the Django admin's lists that hold with ten thousand accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.forms import Media
from django.http import HttpRequest

from accounts.models import User


class AccountFilter(admin.RelatedFieldListFilter):
    """The account of what is listed, found by typing some letters of it."""

    template = "admin/accounts/account_filter.html"

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        self.rest = [(name, value) for name, values in request.GET.lists() for value in values if self._is_other(name)]
        self.may_search = request.user.has_perm("accounts.view_user")
        self.form = _form(self.lookup_kwarg, AutocompleteSelect(field, model_admin.admin_site), request.GET)
        self.is_chosen = self.lookup_kwarg in request.GET

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """None: they are asked for while somebody types."""
        return []

    def has_output(self) -> bool:
        return self.may_search

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The one that takes the filter off."""
        yield {"display": "All", "query_string": changelist.get_query_string(remove=[self.lookup_kwarg])}

    def _is_other(self, name: str) -> bool:
        return name not in (self.lookup_kwarg, "p")


def _form(name: str, widget: AutocompleteSelect, data: Any) -> forms.Form:
    accounts = forms.ModelChoiceField(User.objects.filter(master=None), widget=widget, label="account")
    made: forms.Form = type("AccountForm", (forms.Form,), {name: accounts})(data or None)
    return made


ACCOUNT = ("account", AccountFilter)


class ByAccount:
    """A mixin of a model's admin whose list has an AccountFilter."""

    model: Any
    admin_site: Any

    @property
    def media(self) -> Media:
        widget = AutocompleteSelect(self.model._meta.get_field("account"), self.admin_site)
        # After what it needs, or files are put in another order.
        scripts = ["admin/js/jquery.init.js", "admin/js/autocomplete.js", "accounts/account_filter.js"]
        own = Media(js=scripts, css={"all": ["accounts/account_filter.css"]})
        whole: Media = super().media + widget.media + own  # type: ignore[misc]
        return whole
