"""Letters are there in every language of the pages, and say the same things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from accounts.api.languages import LANGUAGES
from accounts.services.mail import letter_templates
from config.places import ROOT

FOLDERS = [ROOT / app / "templates" / app / "letters" for app in ("accounts", "alerts", "records")]
LETTERS = sorted({path.with_suffix("").with_suffix("") for folder in FOLDERS for path in folder.glob("*.txt")})
SAID = re.compile(r"{{ *([\w.]+)|{% *if +([\w.]+)")


def said(path: Path) -> set[tuple[str, ...]]:
    return set(SAID.findall(path.read_text()))


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.name)
def test_a_letter_says_the_same_in_every_language(letter: Path) -> None:
    english = said(letter.with_suffix(".en.txt"))
    assert english
    assert {language: said(letter.with_suffix(f".{language}.txt")) for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, english
    )


@pytest.mark.parametrize("locale", ["../../x", "", "ü", "pt_BR"])
def test_a_locale_leads_to_no_other_file(locale: str) -> None:
    names = letter_templates("records", "report", locale)
    assert names[-1] == "records/letters/report.en.txt"
    assert all(re.fullmatch(r"records/letters/report\.[a-z]{2}\.txt", name) for name in names)
