"""Which rules are read for what there is to see."""

from __future__ import annotations

import pytest

from alerts.engine.kinds.table import KINDS, kinds_concerned
from alerts.engine.memory import NO_DOCUMENT, NOTHING, encode_memory
from alerts.engine.sight import ALL_FACETS, Facet
from alerts.models import RuleMemory
from alerts.storage.bindings import Watched, bindings_of
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, at, report, send
from trackers.models import Tracker
from trackers.services.ingestion import ingest


@pytest.fixture
def rules(yard: Yard, van: Tracker) -> dict[int, str]:
    """Three rules by id; those of zones remember that the van has been seen."""
    made = {yard.make(kind, van, param=1): kind for kind in ("inoutzone", "sos", "input_change")}
    send(report(van, 0, OUTSIDE))
    return made


def read(rules: dict[int, str], van: Tracker, facets: int) -> list[str]:
    found = bindings_of({van.source_id: Watched(None, facets)})
    return [rules[binding.rule.rule_id] for binding in found.get(van.source_id, ())]


def test_rules_that_nothing_concerns_are_not_read(rules: dict[int, str], van: Tracker) -> None:
    assert read(rules, van, Facet.PLACE.value) == ["inoutzone"]
    assert read(rules, van, Facet.PLACE.value | Facet.WORDS.value) == ["inoutzone", "sos"]
    assert read(rules, van, ALL_FACETS) == ["inoutzone", "sos", "input_change"]


def test_a_rule_that_remembers_is_always_read(rules: dict[int, str], van: Tracker) -> None:
    assert read(rules, van, 0) == ["inoutzone"]


def test_a_rule_that_is_to_begin_is_always_read(rules: dict[int, str], van: Tracker) -> None:
    RuleMemory.objects.all().delete()
    assert read(rules, van, 0) == ["inoutzone", "sos", "input_change"]


def test_one_report_with_words_among_many_is_heard(yard: Yard, rules: dict[int, str], van: Tracker) -> None:
    reports = [report(van, 60, OUTSIDE), report(van, 120, INSIDE, event_code=202), report(van, 180, INSIDE)]
    ingest(reports, received_at=at(180))
    assert {event for event, _ in yard.fired()} == {"inzone", "sos"}


def test_nothing_remembered_is_stored_as_known() -> None:
    assert encode_memory(NOTHING) == NO_DOCUMENT


def test_each_kind_is_concerned_by_something() -> None:
    assert kinds_concerned(0) == ()
    assert set(kinds_concerned(ALL_FACETS)) == set(KINDS)
