"""What the documents of docs/spec have numbers for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SPEC = Path(__file__).resolve().parent.parent / "docs" / "spec"
DOCUMENTS = sorted({path.stem for path in SPEC.glob("*.md")} - {"README"})


@cache
def points_of(document: str) -> tuple[int, ...]:
    """The points of a document's checklist, in order."""
    checklist = re.search(r"^## (?:\d+ )?Checklist$(.*?)(?=^## |\Z)", _text(document), re.MULTILINE | re.DOTALL)
    return tuple(map(int, re.findall(r"^(\d+)\. ", checklist[1] if checklist else "", re.MULTILINE)))


@cache
def numbers_of(document: str) -> frozenset[str]:
    """The sections, points and appendices that a document has, as they are cited."""
    sections = {f"§{number}" for number in re.findall(r"^#+ (\d+(?:\.\d+)*)\b", _text(document), re.MULTILINE)}
    appendices = re.findall(r"^## Appendix ([A-Z])", _text(document), re.MULTILINE)
    return frozenset(sections | set(map(str, points_of(document))) | set(appendices))


def _text(document: str) -> str:
    return (SPEC / f"{document}.md").read_text()
