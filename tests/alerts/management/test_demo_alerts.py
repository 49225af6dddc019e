"""`manage.py demo_alerts`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Session, User
from alerts.models import AlertRule
from alerts.services.demo import WATCHED
from trackers.services.demo import complete_fleet

pytestmark = pytest.mark.django_db


def run(login: str) -> str:
    output = StringIO()
    call_command("demo_alerts", f"--login={login}", stdout=output)
    return output.getvalue()


def test_the_demo_account_gets_zones_and_rules_once(alice: User) -> None:
    complete_fleet(alice, WATCHED + 3)
    assert run(alice.login) == "zones and rules were made\n"
    assert run(alice.login) == "it has rules already\n"
    assert {rule.kind: rule.trackers.count() for rule in AlertRule.objects.all()} == {
        "inoutzone": WATCHED,
        "speedup": WATCHED,
    }
    (about_zones,) = AlertRule.objects.filter(kind="inoutzone")
    assert {zone.label for zone in about_zones.zones.all()} == {"Depot", "Market"}


def test_nobody_stays_logged_in_for_it(alice: User) -> None:
    run(alice.login)
    assert not Session.objects.exists()


def test_a_login_that_is_not_there_is_told(alice: User) -> None:
    with pytest.raises(CommandError, match="there is no account of nobody@fleet.example; demo_fleet makes one"):
        run("nobody@fleet.example")
