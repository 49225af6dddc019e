"""Why a rule does not fire, and a test of whom it tells."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from alerts.engine.kinds.table import KINDS
from alerts.models import Delivery
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, report, send
from tests.notices import Hear
from trackers.models import Tracker
from trackers.rendering.device_models import MODELS, render_model
from trackers.services.trackers import set_blocked

pytestmark = pytest.mark.django_db


def reasons(yard: Yard, rule_id: int, tracker: Tracker) -> dict[str, Any]:
    found = yard.api("tracker/rule/explain", rule_id=rule_id, tracker_id=tracker.pk)["list"]
    return {one["reason"]: one["detail"] for one in found}


def test_a_rule_says_why_it_is_silent(yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("inoutzone", van, secondary_text="")
    assert reasons(yard, rule_id, van) == {"never_reported": None, "silent_event": "outzone"}
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    assert reasons(yard, rule_id, van) == {
        "silent_event": "outzone",
        "reset_timer": "2025-03-04 08:01:30",
        "told_already": "2025-03-04 08:00:30",
    }


def test_a_rule_that_is_not_judged_says_so(yard: Yard, van: Tracker) -> None:
    past = {"type": "fixed", "from": "2025-03-01 00:00:00", "to": "2025-03-01 00:00:01"}
    rule_id = yard.make("sos", suspended=True, schedule=[past])
    set_blocked(van.source_id, is_blocked=True)
    assert {"suspended", "not_bound", "blocked", "outside_schedule"} <= reasons(yard, rule_id, van).keys()
    assert yard.api.code("tracker/rule/explain", rule_id=rule_id, tracker_id=999_999) == 204
    assert yard.api.code("tracker/rule/test", rule_id=999_999, tracker_id=van.pk) == 201


def test_a_test_reaches_whom_the_rule_tells(yard: Yard, van: Tracker, alice: User, hear: Hear) -> None:
    rule_id = yard.make("inoutzone", van, alerts={"emails": ["yard@example.com"]})
    with hear(alice) as heard:
        entry_id = yard.api("tracker/rule/test", rule_id=rule_id, tracker_id=van.pk)["id"]
    entry = yard.api("history/read", id=entry_id)["value"]
    assert (entry["event"], entry["extra"]["is_test"], entry["location"]) == ("inzone", True, None)
    assert [one.id for notice in heard["alice"] for one in notice.alerts] == [entry_id]
    assert Delivery.objects.get().address == "yard@example.com"


def test_models_name_every_type_that_is_judged() -> None:
    assert {kind for model in MODELS.values() for kind in render_model(model)["rules"]} == set(KINDS)
