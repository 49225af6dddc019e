"""`manage.py administrator`: the first login of an installation, without a password that somebody has to send."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services.administrators import NoAdministrator, has_administrator, invite_administrator
from accounts.wire.errors import ApiError


class Command(BaseCommand):
    help = (
        "Prints a link, good once, by which an administrator sets the password. Makes the administrator if there is"
        " none of that login; the link before ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", help="the e-mail address")
        parser.add_argument("--first", action="store_true", help="does nothing when an administrator can log in")

    def handle(self, *args: Any, **options: Any) -> None:
        login = options["login"]
        if options["first"] and has_administrator():
            return
        try:
            link = invite_administrator(login)
        except NoAdministrator as error:
            raise CommandError(f"{login} is somebody who is no administrator, or is blocked") from error
        except ApiError as error:
            raise CommandError(f"{login}: {' '.join(one.error for one in error.errors)}") from error
        self.stdout.write(link)
        self.stderr.write(f"good once, for {settings.RESTORE_LIFETIME_MIN} minutes", str)
