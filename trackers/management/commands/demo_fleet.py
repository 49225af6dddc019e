"""`manage.py demo_fleet`: an account to try things with."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.wire.errors import ApiError
from trackers.services.demo import complete_fleet, demo_user

PASSWORD_FILE = "demo_passwords.json"


class Command(BaseCommand):
    help = "Creates or completes a demo account, its trackers and an administrator; can be repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trackers", type=int, default=200, help="how many trackers the account has at least")
        parser.add_argument("--login", default="demo@fleetsphere.example")
        parser.add_argument("--password", help="default: one made at the first run and kept in DATA_DIR")
        parser.add_argument("--json", action="store_true", help="print logins and trackers as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = _Passwords(settings.DATA_DIR / PASSWORD_FILE)
        login = options["login"].lower()
        password = passwords.get(login, options["password"])
        admin_login = "admin@fleetsphere.example"
        admin_password = passwords.get(admin_login, None)
        user = demo_user(login, password, is_admin=False)
        demo_user(admin_login, admin_password, is_admin=True)
        try:
            complete_fleet(user, options["trackers"])
        except ApiError as error:
            raise CommandError(f"{error}: the demo fleet belongs to another login") from error
        if not options["json"]:
            self.stdout.write(f"{user.login} has {user.trackers.count()} trackers")
            return
        logins = {
            "login": login,
            "password": password,
            "admin_login": admin_login,
            "admin_password": admin_password,
        }
        self.stdout.write(json.dumps({"url": "http://127.0.0.1:8000", **logins, "trackers": _trackers(user)}))


class _Passwords:
    """The passwords of demo logins, so that a second run can still tell them. Mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, login: str, given: str | None) -> str:
        password = given or self._known.get(login) or secrets.token_urlsafe(12)
        if self._known.get(login) != password:
            self._known[login] = password
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            self._path.write_text(json.dumps(self._known, indent=1))
        return password


def _trackers(user: User) -> list[dict[str, Any]]:
    return [
        {
            "tracker_id": tracker.pk,
            "source_id": tracker.source_id,
            "device_id": tracker.source.device_id,
            "label": tracker.label,
        }
        for tracker in user.trackers.select_related("source").order_by("pk")
    ]
