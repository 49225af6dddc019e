"""Every cause of `logout` is in the spec, and proved by a test."""

from __future__ import annotations

import re
from pathlib import Path

from accounts.wire.logout_causes import LogoutCause

ROOT = Path(__file__).resolve().parent.parent
CAUSE = re.compile(r"\bLogoutCause\.([A-Z_]+)\b")


def test_causes_are_those_of_the_spec() -> None:
    section = (ROOT / "docs" / "spec" / "api.md").read_text().partition("### 4.8 ")[2].partition("###")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("|")]
    first = next(number for number, row in enumerate(rows) if row[0] == "logout")
    assert [row[1] for row in rows[first:]] == [cause.sentence for cause in LogoutCause]


def test_every_cause_has_a_test() -> None:
    files = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__).resolve()]
    assert {name for path in files for name in CAUSE.findall(path.read_text())} == set(LogoutCause.__members__)


def test_every_cause_has_a_publisher() -> None:
    files = [
        path for app in ("accounts", "trackers", "records", "alerts", "events") for path in (ROOT / app).rglob("*.py")
    ]
    assert {name for path in files for name in CAUSE.findall(path.read_text())} == set(LogoutCause.__members__)
