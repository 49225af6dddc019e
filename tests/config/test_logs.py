"""How a line of the log is written."""

from __future__ import annotations

import logging
import logging.config
import sys

import pytest
from django.conf import settings

from config.logs import LineFormatter


def written(message: str, *arguments: object, exc_info: object = None) -> str:
    configured = settings.LOGGING["formatters"]["line"]
    formatter = LineFormatter(configured["format"], style=configured["style"])
    record = logging.LogRecord("fleet", logging.WARNING, "", 0, message, arguments, exc_info)  # type: ignore[arg-type]
    return formatter.format(record)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("van\u202e1", "van\\u202e1"), ("van\n2026-01-01 ERROR fleet: forged", "van\\n2026-01-01 ERROR fleet: forged")],
)
def test_what_a_stranger_sent_stays_on_its_line_and_is_seen(sent: str, shown: str) -> None:
    assert written("unknown device %s", sent).partition(" WARNING ")[2] == f"fleet: unknown device {shown}"


def test_lines_of_a_traceback_stay_lines() -> None:
    try:
        raise ValueError("turned \u202e around")
    except ValueError:
        lines = written("unexpected error", exc_info=sys.exc_info()).splitlines()
    assert len(lines) > 3
    assert lines[-1] == "ValueError: turned \\u202e around"


def test_settings_log_through_it() -> None:
    configured = logging.config.DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["line"])
    )
    assert isinstance(configured, LineFormatter)
