"""Commands to devices as programs give them (records §13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.sessions import create_session
from accounts.wire.rights import Right
from tests.api import Api
from tests.trackers.instructions import bring_online, give, make_commandable, seen
from tests.trackers.rights import give_rights
from trackers.models import Instruction, Tracker
from trackers.services.instructions import giving
from trackers.services.trackers import bind_sub_users

Register = Callable[..., Tracker]


@pytest.fixture
def van(alice: User, register: Register, settings: Any) -> Tracker:
    settings.MQTT_COMMANDS = True
    return make_commandable(register(alice))


def as_user(user: User) -> Api:
    api = Api()
    api.hash = create_session(user)
    return api


@pytest.mark.records(62)
def test_outputs_are_switched_one_by_one_or_all(api: Api, van: Tracker) -> None:
    bring_online(van)
    one = api("tracker/output/set", tracker_id=van.pk, output=2, enable=False)["id"]
    all_of_them = api("tracker/output/set_all", tracker_id=van.pk, outputs=[True] * 7 + [False])["id"]
    listed = {command["id"]: command for command in api("tracker/raw_command/list", tracker_id=van.pk)["list"]}
    assert listed[one]["outputs"] == {"2": False}
    assert listed[all_of_them]["outputs"] == {str(number): number < 8 for number in range(1, 9)}
    assert {(command["status"], command["command"]) for command in listed.values()} == {("waiting", None)}
    expires = Instruction.objects.get(pk=one).expires_at
    assert expires <= timezone.now() + timedelta(minutes=1)


@pytest.mark.records(63)
def test_outputs_of_a_device_that_is_away_are_not_switched(api: Api, van: Tracker) -> None:
    assert api.code("tracker/output/set", tracker_id=van.pk, output=1, enable=True) == 213
    assert api.code("tracker/output/set_all", tracker_id=van.pk, outputs=[True] * 8) == 213
    assert not Instruction.objects.exists()


@pytest.mark.records(63)
@pytest.mark.parametrize("model", ["osmand", "traccar", "of somebody's own", "navixy_ngp"])
def test_what_nothing_carries_is_refused(api: Api, van: Tracker, settings: Any, model: str) -> None:
    settings.MQTT_COMMANDS = model != "navixy_ngp"
    bring_online(van, model)
    assert api.code("tracker/output/set", tracker_id=van.pk, output=1, enable=True) == 214
    assert api.code("tracker/output/set_all", tracker_id=van.pk, outputs=[True] * 8) == 214
    assert api.code("tracker/raw_command/send", tracker_id=van.pk, command="reboot") == 214
    assert not Instruction.objects.exists()


@pytest.mark.records(63)
def test_outputs_that_a_device_has_not_are_refused(api: Api, van: Tracker, settings: Any) -> None:
    settings.TRACCAR_API_URL = "http://127.0.0.1:1"
    bring_online(van)
    assert api.code("tracker/output/set", tracker_id=van.pk, output=9, enable=True) == 214
    assert api.code("tracker/output/set_all", tracker_id=van.pk, outputs=[True] * 7) == 214
    bring_online(van, "traccar")
    assert api.code("tracker/output/set_all", tracker_id=van.pk, outputs=[True] * 8) == 214
    assert api("tracker/output/set", tracker_id=van.pk, output=8, enable=True)["success"]


@pytest.mark.records(63)
def test_models_say_whether_outputs_can_be_switched(api: Api, van: Tracker) -> None:
    models = {model["code"]: model["output_control"] for model in api("tracker/list_models")["list"]}
    assert models == {"osmand": "none", "traccar": "none", "navixy_ngp": "async"}


@pytest.mark.records(64)
@pytest.mark.parametrize("right", [Right.TRACKER_CONFIGURE, Right.TRACKER_SET_OUTPUT])
def test_raw_commands_need_both_rights(bob: User, van: Tracker, right: Right) -> None:
    bind_sub_users(bring_online(van), [bob])
    give_rights(bob, right)
    api = as_user(bob)
    assert api.code("tracker/raw_command/send", tracker_id=van.pk, command="") == 13
    switched = api("tracker/output/set", tracker_id=van.pk, output=1, enable=True)
    assert switched["success"] is (right is Right.TRACKER_SET_OUTPUT)
    give_rights(bob, Right.TRACKER_CONFIGURE, Right.TRACKER_SET_OUTPUT)
    assert api("tracker/raw_command/send", tracker_id=van.pk, command="reboot")["success"]


@pytest.mark.records(65)
def test_commands_are_kept_to_the_letter(api: Api, van: Tracker) -> None:
    texts = ["  getinfo", "AT+GTRTO=gv200,A,,,,,,0001$", "Überprüfung 检查 🚚", "x" * 1000]
    for text in texts:
        assert api("tracker/raw_command/send", tracker_id=van.pk, command=text)["success"]
    api("tracker/raw_command/send", tracker_id=van.pk, command="0aFF", type="hex", reliable=False)
    listed = api("tracker/raw_command/list", tracker_id=van.pk)["list"]
    assert [command["command"] for command in listed] == ["0aFF", *reversed(texts)]
    assert (listed[0]["type"], listed[0]["reliable"], listed[1]["reliable"]) == ("hex", False, True)


@pytest.mark.records(65)
@pytest.mark.parametrize(
    "command",
    [{"command": "0g", "type": "hex"}, {"command": "0a0", "type": "hex"}, {"command": " "}, {"command": "a\r\nb"}]
    + [{"command": "x" * 1001}, {"command": "x", "type": "sms"}, {"command": "x", "reliable": "maybe"}],
)
def test_what_is_no_command_is_refused(api: Api, van: Tracker, command: dict[str, str]) -> None:
    assert api.code("tracker/raw_command/send", tracker_id=van.pk, **command) == 7


@pytest.mark.records(66)
def test_an_account_gives_only_so_many_in_a_minute(
    api: Api, charlie: User, van: Tracker, register: Register, settings: Any
) -> None:
    settings.DEVICE_COMMANDS_PER_MINUTE = 2
    other, strangers = make_commandable(register(van.account)), make_commandable(register(charlie))
    give(van)
    first = give(other)
    refused = api("tracker/raw_command/send", tracker_id=van.pk, command="reboot")
    assert (refused["status"]["code"], api.status) == (15, 429)
    give(strangers)
    Instruction.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(minutes=2))
    assert api("tracker/raw_command/send", tracker_id=van.pk, command="reboot")["success"]


@pytest.mark.records(66)
def test_only_so_many_wait_for_a_device(
    api: Api, van: Tracker, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "MAX_OPEN", 2)
    give(van)
    give(van)
    assert api.code("tracker/raw_command/send", tracker_id=van.pk, command="reboot") == 268
    give(make_commandable(register(van.account)))
    Instruction.objects.filter(pk=Instruction.objects.last().pk).update(finished_at=timezone.now())
    assert api("tracker/raw_command/send", tracker_id=van.pk, command="reboot")["success"]


@pytest.mark.records(73)
def test_unconfirmed_commands_are_counted_and_cancelled(api: Api, van: Tracker, register: Register) -> None:
    other = make_commandable(register(van.account))
    mine, elsewhere, over = give(van), give(other), give(van)
    Instruction.objects.filter(pk=over.pk).update(finished_at=timezone.now(), status="done")
    assert api("tracker/command/unconfirmed/count", tracker_id=van.pk)["count"] == 1
    assert api("tracker/command/unconfirmed/reset", tracker_id=van.pk)["success"]
    assert api("tracker/command/unconfirmed/count", tracker_id=van.pk)["count"] == 0
    assert [seen(one)[0] for one in (mine, elsewhere, over)] == ["cancelled", "waiting", "done"]


@pytest.mark.records(74)
def test_texts_are_shown_to_who_may_send_them(api: Api, alice: User, bob: User, van: Tracker) -> None:
    bind_sub_users(van, [bob])
    give_rights(bob, Right.TRACKER_SET_OUTPUT)
    give(van, "password 1234")
    (told,) = as_user(bob)("tracker/raw_command/list", tracker_id=van.pk)["list"]
    assert (told["command"], told["user"]) == (None, alice.login)
    assert api("tracker/raw_command/list", tracker_id=van.pk)["list"][0]["command"] == "password 1234"


@pytest.mark.records(74)
def test_commands_of_an_account_before_are_not_shown(api: Api, charlie: User, van: Tracker) -> None:
    give(van)
    Tracker.objects.filter(pk=van.pk).update(account=charlie)
    assert as_user(charlie)("tracker/raw_command/list", tracker_id=van.pk)["list"] == []


@pytest.mark.records(78)
def test_an_account_keeps_only_its_newest_commands(van: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving, "MAX_KEPT", 2)
    monkeypatch.setattr(giving, "_DROPPED_AT_ONCE", 1)
    first, second = give(van), give(van)
    Instruction.objects.filter(pk=first.pk).update(finished_at=timezone.now())
    third = give(van)
    fourth = give(van)
    assert {one.pk for one in Instruction.objects.all()} == {second.pk, third.pk, fourth.pk}
