"""`manage.py housekeeping` and `manage.py demo_fleet`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from accounts.services.sessions import create_session
from tests.api import Api
from trackers.engine.record import Record
from trackers.engine.state import State
from trackers.models import Group, SourceState, Tracker
from trackers.services.trackers import corrupt_tracker
from trackers.storage.states import StateRow, update_states

TRACKER_KEYS = {"tracker_id", "source_id", "device_id", "label"}


@pytest.mark.django_db(transaction=True)
def test_housekeeping_does_once_what_is_due(alice: User, register: Callable[..., Tracker]) -> None:
    lost, fresh = register(alice), register(alice)
    yesterday = timezone.now() - timedelta(days=1)
    update_states([StateRow(Record(State(lost.source_id, registered_at=yesterday)), yesterday)])
    create_session(alice)
    Session.objects.update(expires_at=timezone.now())
    create_session(alice)
    call_command("housekeeping", "--once")
    statuses = dict(SourceState.objects.values_list("pk", "connection_status"))
    assert statuses == {lost.source_id: "signal_lost", fresh.source_id: "just_registered"}
    assert Session.objects.count() == 1


@pytest.fixture
def demo(db: None, settings: Settings, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Runs `demo_fleet --json` with a data folder of its own."""
    settings.DATA_DIR = tmp_path / "data"

    def run(*arguments: str) -> dict[str, Any]:
        output = StringIO()
        call_command("demo_fleet", "--json", *arguments, stdout=output)
        return json.loads(output.getvalue())

    return run


def test_the_demo_fleet_is_described_as_json(demo: Callable[..., dict[str, Any]]) -> None:
    fleet = demo("--trackers", "5")
    assert set(fleet) == {"url", "login", "password", "admin_login", "admin_password", "trackers"}
    assert all(set(tracker) == TRACKER_KEYS for tracker in fleet["trackers"])
    assert [tracker["device_id"] for tracker in fleet["trackers"]] == [f"demo-000{number}" for number in range(1, 6)]
    assert Group.objects.count() == 4


def test_the_logins_of_the_demo_fleet_work(demo: Callable[..., dict[str, Any]]) -> None:
    fleet = demo("--trackers", "2")
    api = Api()
    api.hash = api("user/auth", login=fleet["login"], password=fleet["password"])["hash"]
    found = {tracker["id"]: tracker["source"]["id"] for tracker in api("tracker/list")["list"]}
    assert found == {tracker["tracker_id"]: tracker["source_id"] for tracker in fleet["trackers"]}
    admin = User.objects.get(login=fleet["admin_login"])
    assert admin.is_superuser and admin.check_password(fleet["admin_password"])
    assert not User.objects.get(login=fleet["login"]).is_staff


def test_a_second_run_changes_nothing(demo: Callable[..., dict[str, Any]]) -> None:
    first = demo("--trackers", "3")
    assert demo("--trackers", "3") == first
    assert demo("--trackers", "1") == first


def test_a_larger_fleet_completes_the_smaller_one(demo: Callable[..., dict[str, Any]]) -> None:
    first = demo("--trackers", "2")
    corrupt_tracker(Tracker.objects.get(pk=first["trackers"][0]["tracker_id"]))
    second = demo("--trackers", "4")
    assert second["trackers"][0] == first["trackers"][1]
    assert sorted(one["device_id"] for one in second["trackers"]) == [f"demo-000{number}" for number in range(1, 5)]


def test_login_and_password_may_be_given(demo: Callable[..., dict[str, Any]]) -> None:
    demo("--trackers", "1")
    fleet = demo("--trackers", "1", "--password", "a new password for it")
    assert fleet["password"] == "a new password for it"
    assert User.objects.get(login=fleet["login"]).check_password("a new password for it")
    assert demo("--trackers", "1") == fleet


def test_a_fleet_of_another_login_is_told(demo: Callable[..., dict[str, Any]]) -> None:
    demo("--trackers", "1")
    with pytest.raises(CommandError, match="Device ID already in use"):
        demo("--trackers", "1", "--login", "other@fleetsphere.example")


def test_only_the_owner_may_read_the_demo_passwords(demo: Callable[..., dict[str, Any]], settings: Settings) -> None:
    demo("--trackers", "0")
    (kept,) = settings.DATA_DIR.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_without_json_a_sentence_is_printed(demo: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture) -> None:
    call_command("demo_fleet", "--trackers", "1")
    assert capsys.readouterr().out == "demo@fleetsphere.example has 1 trackers\n"
