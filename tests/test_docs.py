"""The documentation names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts.wire.errors import ErrorCode
from config.reference.calls import CALLS

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("module", ["config/settings.py", "config/supervisor.py"])
def test_every_environment_variable_has_a_row_in_the_settings_page(module: str) -> None:
    names = re.findall(r'(?:env\.\w+|_positive)\(\s*"([A-Z_]+)"', read(module))
    rows = re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE)
    assert names
    assert set(names) <= set(rows)


def test_every_row_of_the_settings_page_is_read_somewhere() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE)
    code = read("config/settings.py") + read("config/supervisor.py")
    assert [name for name in rows if f'"{name}"' not in code] == []


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: str(int(code)))
def test_every_error_code_has_a_row_in_the_api_page(code: ErrorCode) -> None:
    assert f"| {int(code)} | {code.description} | {code.http_status} |" in read("docs/api.md")


@pytest.mark.parametrize("route", CALLS)
def test_every_call_has_a_row_in_the_api_page(route: str) -> None:
    assert f"| `{route}` |" in read("docs/api.md")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
