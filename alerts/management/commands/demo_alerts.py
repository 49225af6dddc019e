"""`manage.py demo_alerts`: zones and rules for the demo account, so that there is something to be told of."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from alerts.services.demo import complete_alerts


class Command(BaseCommand):
    help = "Draws zones and makes rules for the demo account, unless it has rules; can be repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--login", default="demo@fleetsphere.example", help="an account's first user")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(login=options["login"].lower(), master=None).first()
        if account is None:
            raise CommandError(f"there is no account of {options['login']}; demo_fleet makes one")
        self.stdout.write("zones and rules were made" if complete_alerts(account) else "it has rules already")
