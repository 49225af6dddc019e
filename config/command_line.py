"""Django's command line for Fleetsphere, which says in a sentence what is wrong with the environment."""

from __future__ import annotations

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError


def main() -> None:
    """Does what the arguments of the process ask for; exits with a sentence when a setting cannot be understood."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        # Read here already: Django would name the commands that it does not find then.
        settings.INSTALLED_APPS  # noqa: B018
    except (ImproperlyConfigured, EnvError) as error:
        sys.exit(f"{error}\nThe settings are read from the environment: see docs/settings.md")
    execute_from_command_line(sys.argv)
