"""References lead somewhere: to a section or point of docs/spec, to a decision, to a file that is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spec import DOCUMENTS, numbers_of, points_of

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = {".py", ".md", ".js", ".html", ".css", ".conf", ".toml"}

TARGET = r"(?:§\d+(?:\.\d+)*|points? \d+(?:(?:, | to | and )\d+)*|appendix [A-Z])"
REFERENCE = re.compile(rf"\b(?P<document>{'|'.join(DOCUMENTS)}),? (?P<targets>{TARGET}(?:(?:, | to | and ){TARGET})*)")
LOOSE = re.compile(r"§\d[\d.]*")
# Whoever cites by the old names, or a point of no list.
FORMER = re.compile(r"\b(?:contract|sheet) §?\d|(?<!api )(?<!atmosphere )\(points? \d")
DECISION = re.compile(r"decisions/(\d{4})")
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|js|md|html|conf|toml|css))`|`((?:[\w-]+/)+)`")
PAGES = ["CONTRIBUTING.md", "README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [path for path in listed.stdout.splitlines() if (ROOT / path).is_file()]


def sources() -> list[str]:
    """What may hold references: all text of the project but the documents that are referred to, and this file."""
    here = Path(__file__).relative_to(ROOT).as_posix()
    return [
        path
        for path in tracked_files()
        if Path(path).suffix in SUFFIXES and path != here and not re.match(r"docs/spec/\w+\.md", path)
    ]


def targets_in(reference: str) -> Iterator[str]:
    yield from re.findall(r"§\d+(?:\.\d+)*", reference)
    yield from re.findall(r"appendix ([A-Z])", reference)
    for points in re.findall(r"points? (\d+(?:(?:, | to | and )\d+)*)", reference):
        yield from re.findall(r"\d+", points)


def broken_references(text: str) -> list[str]:
    """What leads nowhere, or does not say in which document it leads somewhere."""
    broken = [
        f"{found['document']} {target}"
        for found in REFERENCE.finditer(text)
        for target in targets_in(found["targets"])
        if target not in numbers_of(found["document"])
    ]
    rest = REFERENCE.sub("", text)
    return broken + LOOSE.findall(rest) + FORMER.findall(rest)


def missing_files(text: str, files: list[str]) -> list[str]:
    """The files and folders that a page names and that are not there; a name alone may stand for a path's end."""
    names = [file or folder for file, folder in FILE.findall(text)]
    return [name for name in names if not any(f"/{path}".find(f"/{name}") >= 0 for path in files)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_sections_and_points_have_numbers(document: str) -> None:
    points = points_of(document)
    assert len(points) > 20
    assert points == tuple(range(1, len(points) + 1))
    assert len(numbers_of(document)) > len(points)


def test_every_reference_leads_somewhere() -> None:
    broken = {path: broken_references((ROOT / path).read_text()) for path in sources()}
    assert {path: references for path, references in broken.items() if references} == {}


def test_every_decision_that_is_cited_is_there() -> None:
    there = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("0*.md")}
    cited = {(path, number) for path in sources() for number in DECISION.findall((ROOT / path).read_text())}
    assert cited
    assert [(path, number) for path, number in sorted(cited) if number not in there] == []


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "README.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_pages_name_files_that_are_there(page: str) -> None:
    assert missing_files((ROOT / page).read_text(), tracked_files()) == []


@pytest.mark.parametrize(
    "text",
    [
        "a rule (api §99.1)",
        "as api §1.2, §98 has it",
        "api point 99",
        "atmosphere points 3, 59",
        "atmosphere §1.3, point 99",
        "as §1.2 says",
        "(contract 3.5)",
        "by sheet 5.3",
        "loops (point 46)",
        "api appendix Z",
    ],
)
def test_a_broken_reference_is_found(text: str) -> None:
    assert len(broken_references(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["(api §1.2, §1.5)", "atmosphere §2 to §5", "atmosphere §1.3, point 8", "api points 1, 2 and 77", "api appendix A"],
)
def test_a_good_reference_is_none(text: str) -> None:
    assert broken_references(text) == []


def test_a_missing_file_is_found() -> None:
    text = "see `events/nowhere.py`, `hub.py` and `events/attic/`"
    assert missing_files(text, ["events/hub/hub.py"]) == ["events/nowhere.py", "events/attic/"]
