"""The Django admin as an administrator uses it, in tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User


class Admin:
    """A browser in which a superuser is logged in; pages go by their names, such as `trackers_tracker_add`."""

    def __init__(self) -> None:
        self._client = Client()
        self._client.force_login(User.objects.create_superuser("root@fleet.example", None, title="Root"))

    def open(self, page: str, *arguments: Any, query: str = "") -> HttpResponse:
        return self._client.get(reverse(f"admin:{page}", args=arguments) + query)

    def send(self, page: str, *arguments: Any, **fields: Any) -> HttpResponse:
        """The answer to a form, after the redirect if there is one."""
        return self._client.post(reverse(f"admin:{page}", args=arguments), fields, follow=True)

    def change(self, page: str, *arguments: Any, **fields: Any) -> HttpResponse:
        """Sends a form that is accepted."""
        response = self.send(page, *arguments, **fields)
        assert response.redirect_chain, response.content.decode()
        return response

    def refuse(self, page: str, *arguments: Any, **fields: Any) -> dict[str, list[str]]:
        """Sends a form that is refused; its errors by field."""
        response = self.send(page, *arguments, **fields)
        assert response.status_code == 200 and not response.redirect_chain
        return dict(response.context["adminform"].form.errors)

    def act(self, page: str, action: str, *chosen: models.Model) -> HttpResponse:
        """Carries out an action on the chosen rows, and confirms it if asked to."""
        ids = [one.pk for one in chosen]
        return self.change(f"{page}_changelist", action=action, _selected_action=ids, post="yes")

    def remove(self, page: str, way: str, chosen: models.Model) -> None:
        """Deletes a row on its own page or by the action of the list."""
        if way == "page":
            self.change(f"{page}_delete", chosen.pk, post="yes")
        else:
            self.act(page, "delete_selected", chosen)

    def open_everything(self, model: type[models.Model]) -> Iterator[tuple[str, int]]:
        """Opens the list of a model, its searches and filters, and the pages of each row: address and HTTP status."""
        page = f"{model._meta.app_label}_{model._meta.model_name}"
        filters = re.findall(r'href="(\?[^"]+)"', self.open(f"{page}_changelist").content.decode())
        for query in ["", "?q=van", "?q=%00", "?o=1", "?o=-2.1", *map(unescape, filters)]:
            yield query, self.open(f"{page}_changelist", query=query).status_code
        for row in model._default_manager.all():
            for kind in ("change", "delete", "history"):
                yield kind, self.open(f"{page}_{kind}", row.pk).status_code
