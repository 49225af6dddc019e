"""Every text of the pages goes through the catalogue, and the catalogues are whole."""

from __future__ import annotations

import re
import subprocess

import pytest

from accounts.wire.errors import ErrorCode
from alerts.engine.events import DESCRIPTIONS
from config.places import ROOT
from records.rendering.reports.eco import TITLES
from records.rendering.reports.tables import MORE
from records.rendering.reports.telling import PATTERNS
from records.services.reports.kinds import KINDS
from tests.page.test_modules import NODE
from tests.patience import PATIENCE_S

TOLD = ROOT / "events" / "static" / "events" / "words" / "told.js"


@pytest.fixture(scope="module")
def faults() -> list[str]:
    if NODE is None:
        pytest.skip("there is no node")
    command = [NODE, str(ROOT / "events" / "frontend" / "words.mjs"), "check"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.stderr == ""
    return run.stdout.splitlines()


def test_pages_show_no_text_that_cannot_be_translated(faults: list[str]) -> None:
    assert [fault for fault in faults if fault.startswith("not asked")] == []


def test_translations_are_messages_that_somebody_asks_for(faults: list[str]) -> None:
    assert [fault for fault in faults if not fault.startswith("not asked") and not fault.endswith("is missing")] == []


def test_every_text_is_in_each_catalogue(faults: list[str]) -> None:
    assert [fault for fault in faults if fault.endswith("is missing")] == []


def test_page_has_words_for_what_the_server_says() -> None:
    told = set(re.findall(r'"([^"]*)"', TOLD.read_text()))
    said = (
        {code.description for code in ErrorCode} | set(DESCRIPTIONS.values()) | {kind.title for kind in KINDS.values()}
    )
    happened = set(TITLES.values()) | {"Refill", "Drain"}
    assert (said | happened | set(PATTERNS) | {MORE}) - told == set()
