"""What strangers can do to the log: not much."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from config.logs import MOST_CHARACTERS, MOST_LINES, WINDOW_S, FloodFilter, LineFormatter


class Log:
    """A log that is written as the product's, under a clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._text = io.StringIO()
        self.handler = logging.StreamHandler(self._text)
        self.handler.addFilter(FloodFilter(lambda: self.now))
        self.handler.setFormatter(LineFormatter("{levelname} {message}", style="{"))

    @property
    def lines(self) -> list[str]:
        return self._text.getvalue().splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def logger(log: Log) -> Iterator[logging.Logger]:
    yield from _logging_to(log, "stranger")


def _logging_to(log: Log, name: str) -> Iterator[logging.Logger]:
    logger = logging.getLogger(name)
    logger.addHandler(log.handler)
    yield logger
    logger.removeHandler(log.handler)


def refuse(logger: logging.Logger, count: int) -> None:
    for number in range(count):
        logger.warning("refused %s", number)


def test_each_place_writes_so_many_lines_a_minute_and_the_next_minute_tells_of_the_rest(
    log: Log, logger: logging.Logger
) -> None:
    refuse(logger, MOST_LINES + 5)
    logger.warning("from another place")
    assert log.lines == [*(f"WARNING refused {number}" for number in range(MOST_LINES)), "WARNING from another place"]
    log.now += WINDOW_S
    refuse(logger, 2)
    assert log.lines[-2:] == ["WARNING refused 0 (5 lines like this were left out)", "WARNING refused 1"]


def test_what_the_staff_does_is_written_down_however_much_it_is(log: Log) -> None:
    for logger in _logging_to(log, "events.admin"):
        refuse(logger, 3 * MOST_LINES)
    assert len(log.lines) == 3 * MOST_LINES


@pytest.mark.parametrize(
    ("quoted", "line"),
    [
        ("a\nERROR b", ["WARNING path a", "    ERROR b"]),
        ("a\r\x1b[2J\u202e", [r"WARNING path a\r\x1b[2J\u202e"]),
        ("é 東京", ["WARNING path é 東京"]),
        (f"/share/{'0f' * 16}/", ["WARNING path /share/.../"]),
        ("x" * 20_000, [f"WARNING path {'x' * (MOST_CHARACTERS - 5)}… (20005 characters)"]),
    ],
)
def test_what_a_line_quotes_cannot_pass_for_another_line(
    log: Log, logger: logging.Logger, quoted: str, line: list[str]
) -> None:
    logger.warning("path %s", quoted)
    assert log.lines == line


@pytest.mark.parametrize(("name", "has_traceback"), [("django.security.DisallowedHost", False), ("stranger", True)])
def test_a_request_that_is_refused_has_no_traceback(log: Log, name: str, has_traceback: bool) -> None:
    for logger in _logging_to(log, name):
        try:
            raise ValueError("wrong")
        except ValueError:
            logger.error("refused", exc_info=sys.exc_info())
    assert ("Traceback (most recent call last):" in log.lines) is has_traceback


def test_traceback_does_not_tell_a_share_link(log: Log, logger: logging.Logger) -> None:
    try:
        raise ValueError("no page at /share/0123456789abcdef")
    except ValueError:
        logger.error("unexpected", exc_info=sys.exc_info())
    assert log.lines[-1] == "ValueError: no page at /share/..."


def test_traceback_keeps_its_lines_and_quotes_no_others(log: Log, logger: logging.Logger) -> None:
    try:
        raise ValueError("turned \u202e around")
    except ValueError:
        logger.error("unexpected", exc_info=sys.exc_info())
    assert len(log.lines) > 3
    assert log.lines[-1] == "ValueError: turned \\u202e around"
