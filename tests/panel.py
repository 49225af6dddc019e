"""The panel's calls as a member of the staff makes them, in tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission

from accounts.models import User
from tests.api import Api
from tests.people import PASSWORD

EVERYTHING = [
    "accounts.view_user",
    "accounts.add_user",
    "accounts.change_user",
    "accounts.delete_user",
    "accounts.add_session",
    "trackers.view_tracker",
    "trackers.add_tracker",
    "trackers.change_tracker",
    "trackers.delete_tracker",
]


def hire(login: str, permissions: Iterable[str] = EVERYTHING, **fields: Any) -> User:
    """A member of the staff with these of Django's permissions."""
    staff = User.objects.create_user(login, PASSWORD, is_staff=True, **fields)
    for permission in permissions:
        app, codename = permission.split(".")
        staff.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return staff


class Panel(Api):
    """The API with a panel session, once logged in."""

    def log_in(self, login: str, password: str = PASSWORD) -> str:
        self.hash = self("panel/account/auth", login=login, password=password)["hash"]
        assert self.hash is not None
        return self.hash


def panel_of(staff: User) -> Panel:
    """The panel with this member of the staff logged in."""
    panel = Panel()
    panel.log_in(staff.login)
    return panel
