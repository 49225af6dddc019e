"""Cells of CSV: text in quotes, numbers bare, nothing for what is not known (history §6). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(values: Iterable[Any]) -> str:
    """A line of the file."""
    return ",".join(map(cell, values)) + "\n"


def cell(value: Any) -> str:
    """A value as it stands between two commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if text.startswith(_FORMULA):
        text = f"'{text}"
    return '"{}"'.format(text.replace('"', '""'))
