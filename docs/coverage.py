"""`make coverage`: which of the vendor's calls are there, into docs/api.md, by the declarations of the calls.

`docs/spec/vendor-calls.txt` has the names of the calls that the vendor documents.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "api.md"
VENDOR = ROOT / "docs" / "spec" / "vendor-calls.txt"
BEGIN, END = "<!-- made by `make coverage` -->", "<!-- end of what is made -->"


def section(there: Iterable[str]) -> str:
    """The table, of the calls that are there."""
    known = set(there)
    calls = VENDOR.read_text().split()
    rows = [_row(resource, list(names), known) for resource, names in groupby(calls, lambda one: one.split("/")[0])]
    count = len(known.intersection(calls))
    lines = [
        BEGIN,
        f"{count} of the {len(calls)} calls that the vendor documents are there; what is not there answers 111 or 112.",
        "",
        "| resource | there | not there |",
        "|---|---|---|",
        *rows,
        END,
    ]
    return "\n".join(lines)


def _row(resource: str, calls: list[str], known: set[str]) -> str:
    there = ", ".join(f"`{one.partition('/')[2]}`" for one in calls if one in known)
    missing = ", ".join(f"`{one.partition('/')[2]}`" for one in calls if one not in known)
    return f"| {resource} | {there} | {missing} |".replace("  ", " ")


def with_section(page: str, made: str) -> str:
    """The page with the section in the place of the one that it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + made + after


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SECRET_KEY", "only-to-read-declarations")
    django.setup()
    from config.reference.calls import CALLS

    page = PAGE.read_text()
    PAGE.write_text(with_section(page, section(CALLS)))


if __name__ == "__main__":
    main()
