"""Rules and alerts in the Django admin."""

from __future__ import annotations

import pytest

from alerts.models import AlertRule
from tests.admin import Admin
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, report, send
from trackers.models import Source, Tracker

pytestmark = pytest.mark.django_db


def act(staff: Admin, action: str, rule_id: int, **fields: str) -> None:
    staff.change("alerts_alertrule_changelist", action=action, _selected_action=[rule_id], **fields)


def test_a_rule_rests_and_is_resumed(staff: Admin, yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE))
    act(staff, "suspend", rule_id)
    assert not Source.objects.get(pk=van.source_id).is_watched
    send(report(van, 30, INSIDE))
    act(staff, "resume", rule_id)
    send(report(van, 60, INSIDE), report(van, 90, OUTSIDE))
    assert yard.fired() == [("outzone", 90)]


def test_a_removed_rule_watches_nobody(staff: Admin, yard: Yard, van: Tracker) -> None:
    act(staff, "delete_selected", yard.make("inoutzone", van), post="yes")
    assert AlertRule.objects.count() == 0
    assert not Source.objects.get(pk=van.source_id).is_watched


def test_alerts_are_shown_and_not_changed(staff: Admin, yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van)
    send(report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    page = staff.open("alerts_alert_changelist")
    assert page.status_code == 200
    assert b"inzone" in page.content and b"2025-03-04 08:00:30" in page.content
    assert staff.open("alerts_alert_add").status_code == 403
