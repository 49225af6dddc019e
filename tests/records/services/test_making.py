"""Housekeeping makes the reports that wait."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts.models import User
from records.models import Report
from tests.api import Api
from tests.people import PASSWORD
from trackers.services.trackers import register_tracker


@pytest.mark.records(35)
@pytest.mark.django_db(transaction=True)
def test_housekeeping_makes_what_waits() -> None:
    alice = User.objects.create_user("alice@fleet.example", PASSWORD, title="Alice")
    van = register_tracker(account=alice, device_id="device-1", label="Van")
    api = Api()
    api.log_in(alice.login)
    day = {"from": "2024-05-02 00:00:00", "to": "2024-05-03 00:00:00"}
    report = api("report/tracker/generate", trackers=[van.pk], plugin={"plugin_id": 4}, **day)["id"]
    call_command("housekeeping", "--once")
    assert api("report/tracker/status", report_id=report)["percent_ready"] == 100
    assert Report.objects.get().finished_at is not None
