"""The documentation names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts.wire.errors import ErrorCode
from config.reference.calls import CALLS
from docs.coverage import section

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md"]


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("module", ["config/settings.py", "config/supervisor.py"])
def test_settings_page_has_every_environment_variable(module: str) -> None:
    names = re.findall(r'(?:env\.\w+|_positive)\(\s*"([A-Z_]+)"', read(module))
    rows = re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE)
    assert names
    assert set(names) <= set(rows)


def test_every_settings_row_is_read_somewhere() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE)
    code = read("config/settings.py") + read("config/supervisor.py")
    assert [name for name in rows if f'"{name}"' not in code] == []


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: str(int(code)))
def test_api_page_has_every_error_code(code: ErrorCode) -> None:
    assert f"| {int(code)} | {code.description} | {code.http_status} |" in read("docs/api.md")


@pytest.mark.parametrize("route", CALLS)
def test_api_page_has_every_call(route: str) -> None:
    assert f"| `{route}` |" in read("docs/api.md")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_of_the_front_pages_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page))
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_index_of_decisions_has_a_line_for_each_page() -> None:
    index = read("docs/decisions/README.md")
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+\.md)\) \| .+ \|$", index, re.MULTILINE)
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    lines = [f"| {number} | [{title}]({name}) |" for number, title, name in rows]
    wanted = [decision_line(page) for page in pages]
    assert [line for line in wanted if line not in lines] == [], "docs/decisions/README.md lacks these lines"
    assert [line for line in lines if line not in wanted] == [], "docs/decisions/README.md has lines without a page"
    assert lines == wanted, "docs/decisions/README.md: in the order of their numbers"


def decision_line(page: Path) -> str:
    """How the line of a decision begins, by the page's first line and its name."""
    number, title = page.read_text().splitlines()[0].removeprefix("# ").split(". ", 1)
    assert page.name.startswith(f"{int(number):04}-"), f"{page.name} calls itself decision {number}"
    return f"| {number} | [{title}]({page.name}) |"


def test_index_of_decisions_explains_the_missing_numbers() -> None:
    numbers = {int(page.name[:4]) for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    (explained,) = re.findall(r"^Missing numbers: ([\d, ]+)\.", read("docs/decisions/README.md"), re.MULTILINE)
    missing = set(range(1, max(numbers) + 1)) - numbers
    assert {int(number) for number in explained.split(",")} == missing


ROWS_OF_CHANGES = re.findall(r"^\| ((?!to …|---).+) \| (.+) \|$", read("CONTRIBUTING.md"), re.MULTILINE)


def test_changes_that_newcomers_make_have_a_row() -> None:
    asked = (
        "type of event, compact, state_batch, logout, heartbeat, transport, JSON, sensor, counter, current state, call,"
        " error code, limit, setting, metric, sort, admin, tables"
    )
    changes = " ".join(change for change, _ in ROWS_OF_CHANGES)
    assert [word for word in re.split(r",\s*", asked) if word not in changes] == []


@pytest.mark.parametrize(("change", "places"), ROWS_OF_CHANGES, ids=[change for change, _ in ROWS_OF_CHANGES])
def test_each_change_names_files_that_are_there(change: str, places: str) -> None:
    paths = re.findall(r"`([\w./-]+/[\w./-]*)`", places)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_api_page_says_which_of_the_vendors_calls_are_there() -> None:
    made = section(CALLS)
    assert made in read("docs/api.md"), "make coverage"
