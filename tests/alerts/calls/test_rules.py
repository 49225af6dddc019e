"""The calls about alert rules (alerts §2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import SecurityGroup, User
from alerts.models import AlertRule, RuleMemory
from tests.alerts.driving import INSIDE, OUTSIDE, Yard, report, send
from tests.api import Api
from trackers.models import Source, Tracker

pytestmark = pytest.mark.django_db
BOTH = {"extended_params": {"append_zone_title": True, "zone_limit_inverted": True}}
EIGHTH_DAY = {"type": "weekly", "from": {"weekday": 8, "time": "06:00:00"}}


def errors_of(answer: dict[str, Any]) -> list[str]:
    assert answer["status"]["code"] == 7
    return [error["parameter"] for error in answer["errors"]]


@pytest.fixture
def helper(alice: User, bob: User, van: Tracker) -> Api:
    """Bob, who sees the van and may change rules."""
    bob.security_group = SecurityGroup.objects.create(
        account=alice, label="Rules", rights=["tracker_rule_update", "zone_update"]
    )
    bob.save()
    bob.bound_trackers.add(van)
    api = Api()
    api.log_in(bob.login)
    return api


@pytest.fixture
def stranger(charlie: User) -> Api:
    api = Api()
    api.log_in(charlie.login)
    return api


@pytest.mark.alerts(13)
def test_a_rule_comes_back_as_it_was_made(yard: Yard, van: Tracker) -> None:
    schedule = [
        {"type": "weekly", "from": {"weekday": 1, "time": "06:00:00"}, "to": {"weekday": 5, "time": "19:59:59"}},
        {"type": "fixed", "from": "2025-03-01 00:00:00", "to": "2025-03-05 12:00:00"},
    ]
    receivers = {"push_enabled": False, "emails": ["yard@example.com"], "sms_phones": ["+3612345678"], "phones": []}
    rule_id = yard.make(
        "inoutzone",
        van,
        description="at the gate",
        alerts=receivers,
        schedule=schedule,
        extended_params={"append_zone_title": True, "emergency": True},
    )
    (rule,) = yard.api("tracker/rule/list")["list"]
    assert rule == {
        "id": rule_id,
        "name": "Gate",
        "description": "at the gate",
        "type": "inoutzone",
        "zone_ids": [yard.zone_id],
        "zone_id": yard.zone_id,
        "trackers": [van.pk],
        "primary_text": "first",
        "secondary_text": "second",
        "param": None,
        "suspended": False,
        "alerts": {**receivers, "emergency": True, "webhook_ids": []},
        "schedule": [{**interval, "interval_id": number} for number, interval in enumerate(schedule, start=1)],
        "extended_params": {
            "append_zone_title": True,
            "zone_limit_inverted": False,
            "emergency": True,
            "private_rule": False,
        },
    }


def test_a_tracker_narrows_the_list(yard: Yard, van: Tracker, register: Callable[..., Tracker], alice: User) -> None:
    other = register(alice)
    yard.make("sos", van)
    of_other = yard.make("sos", other)
    assert [rule["id"] for rule in yard.api("tracker/rule/list", tracker_id=other.pk)["list"]] == [of_other]
    assert yard.api("tracker/rule/list", tracker_id=999_999)["list"] == []


@pytest.mark.alerts(12)
def test_fields_beside_each_other_are_refused(yard: Yard, van: Tracker) -> None:
    answer = yard.api("tracker/rule/create", **yard.document("inoutzone", van))
    assert errors_of(answer) == ["rule"]
    assert AlertRule.objects.count() == 0


@pytest.mark.alerts(10)
@pytest.mark.parametrize("way", ["query", "form"])
def test_a_rule_may_come_as_text(yard: Yard, van: Tracker, way: str) -> None:
    parameters = {"hash": yard.api.hash, "rule": json.dumps(yard.document("inoutzone", van))}
    call = Client().get if way == "query" else Client().post
    assert call("/tracker/rule/create/", parameters).json()["success"] is True


@pytest.mark.alerts(14)
@pytest.mark.parametrize(
    ("kind", "fields", "at_fault"),
    [
        ("inoutzone", {"zone_ids": []}, "zone_ids"),
        ("route", {"zone_ids": []}, "zone_ids"),
        ("spaceship", {}, "type"),
        ("speedup", {}, "param"),
        ("speedup", {"param": -1}, "param"),
        ("input_change", {"param": 0}, "param"),
        ("sos", {"name": " "}, "name"),
        ("sos", {"name": "a\u0000b"}, "name"),
        ("sos", {"primary_text": "x" * 1025}, "primary_text"),
        ("sos", {"alerts": {"emails": ["nobody"]}}, "alerts.emails"),
        ("sos", {"alerts": {"emails": ["a@example.com"] * 21}}, "alerts.emails"),
        ("sos", {"schedule": [{"type": "daily"}]}, "schedule.type"),
        ("sos", {"schedule": [EIGHTH_DAY]}, "schedule.from.weekday"),
        ("sos", BOTH, "extended_params.append_zone_title"),
        ("excessive_parking", {"extended_params": {"max_parking_duration": 4}}, "extended_params.max_parking_duration"),
        ("sensor_range", {}, "extended_params.sensor_id"),
    ],
)
def test_what_cannot_be_judged_is_refused(yard: Yard, kind: str, fields: dict[str, Any], at_fault: str) -> None:
    assert errors_of(yard.api("tracker/rule/create", rule=yard.document(kind, **fields))) == [f"rule.{at_fault}"]
    assert AlertRule.objects.count() == 0


@pytest.mark.alerts(14)
def test_rules_of_silence_have_no_zones(yard: Yard) -> None:
    rule = yard.document("offline", zone_ids=[yard.zone_id])
    assert errors_of(yard.api("tracker/rule/create", rule=rule)) == ["rule.zone_ids"]


@pytest.mark.alerts(14, 50)
def test_a_zone_that_is_not_there_or_not_seen_is_204(yard: Yard, stranger: Api, helper: Api) -> None:
    assert yard.api.code("tracker/rule/create", rule=yard.document("inoutzone", zone_ids=[999_999])) == 204
    assert stranger.code("tracker/rule/create", rule=yard.document("inoutzone")) == 204
    assert helper.code("tracker/rule/create", rule=yard.document("inoutzone")) == 204
    assert yard.api.code("tracker/rule/create", rule=yard.document("sos", alerts={"webhook_ids": [7]})) == 204


@pytest.mark.alerts(15)
def test_an_update_replaces_and_a_removal_removes(yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("inoutzone", van, description="old", alerts={"emails": ["yard@example.com"]})
    yard.api("tracker/rule/update", rule={"id": rule_id, "type": "speedup", "name": "Fast", "param": 90})
    (rule,) = yard.api("tracker/rule/list")["list"]
    assert (rule["type"], rule["param"], rule["description"], rule["zone_ids"]) == ("speedup", 90, "", [])
    assert (rule["alerts"]["emails"], rule["trackers"], rule["zone_id"]) == ([], [], 0)
    yard.api("tracker/rule/delete", rule_id=rule_id)
    assert yard.api("tracker/rule/list")["list"] == []


@pytest.mark.alerts(15, 50)
@pytest.mark.parametrize("call", ["update", "delete", "bind", "unbind"])
def test_anothers_rule_is_not_there(yard: Yard, van: Tracker, stranger: Api, call: str) -> None:
    rule_id = yard.make("sos", van)
    for api, wanted in ((stranger, rule_id), (yard.api, 999_999)):
        parameters: dict[str, Any] = {"rule_id": wanted, "trackers": [van.pk]}
        if call == "update":
            parameters = {"rule": {"id": wanted, "type": "sos", "name": "Mine"}}
        assert api.code(f"tracker/rule/{call}", **parameters) == 201
    assert AlertRule.objects.get().name == "Gate"


@pytest.mark.alerts(16)
def test_unknown_trackers_do_not_matter(
    yard: Yard, van: Tracker, charlie: User, register: Callable[..., Tracker]
) -> None:
    theirs = register(charlie)
    rule_id = yard.make("inoutzone", van, trackers=[theirs.pk, 999_999])
    yard.api("tracker/rule/bind", rule_id=rule_id, trackers=[van.pk, theirs.pk, 999_999])
    assert yard.api("tracker/rule/list")["list"][0]["trackers"] == [van.pk]
    send(report(theirs, 0, OUTSIDE), report(theirs, 30, INSIDE), report(van, 0, OUTSIDE), report(van, 30, INSIDE))
    assert yard.fired() == [("inzone", 30)]
    yard.api("tracker/rule/unbind", rule_id=rule_id, trackers=[van.pk, theirs.pk])
    send(report(van, 60, OUTSIDE))
    assert yard.fired() == [("inzone", 30)]


@pytest.mark.alerts(17)
def test_empty_texts_are_none_and_not_suspended(yard: Yard, van: Tracker) -> None:
    yard.make("inoutzone", van, param="", suspended="")
    (rule,) = yard.api("tracker/rule/list")["list"]
    assert (rule["param"], rule["suspended"]) == (None, False)


@pytest.mark.alerts(50)
def test_a_sub_user_without_the_right_reads_only(yard: Yard, van: Tracker, bob: User) -> None:
    rule_id = yard.make("sos", van)
    bob.bound_trackers.add(van)
    api = Api()
    api.log_in(bob.login)
    assert [rule["id"] for rule in api("tracker/rule/list")["list"]] == [rule_id]
    assert api.code("tracker/rule/delete", rule_id=rule_id) == 13
    assert api.code("tracker/rule/create", rule=yard.document("sos")) == 13


def test_a_sub_user_leaves_trackers_alone_that_it_does_not_see(
    yard: Yard, van: Tracker, alice: User, helper: Api, register: Callable[..., Tracker]
) -> None:
    hidden = register(alice)
    rule_id = yard.make("sos", van, hidden)
    assert helper("tracker/rule/list")["list"][0]["trackers"] == [van.pk]
    helper("tracker/rule/update", rule={"id": rule_id, "type": "sos", "name": "Ours"})
    assert yard.api("tracker/rule/list")["list"][0]["trackers"] == [hidden.pk]


def test_a_private_rule_and_its_alerts_are_its_makers(yard: Yard, van: Tracker, helper: Api) -> None:
    rule_id = helper("tracker/rule/create", rule=yard.document("sos", van, extended_params={"private_rule": True}))[
        "id"
    ]
    send(report(van, 0, INSIDE, event_code=202))
    assert yard.api("tracker/rule/list")["list"] == []
    assert yard.fired() == []
    assert [rule["id"] for rule in helper("tracker/rule/list")["list"]] == [rule_id]
    assert helper("history/unread/count", **{"from": "2025-03-01 00:00:00"})["count"] == 1


def test_sources_without_rules_are_not_watched(yard: Yard, van: Tracker) -> None:
    rule_id = yard.make("sos", van)
    rule = {"id": rule_id, "type": "sos", "name": "Gate", "trackers": [van.pk]}
    assert Source.objects.get(pk=van.source_id).is_watched
    yard.api("tracker/rule/update", rule={**rule, "suspended": True})
    assert not Source.objects.get(pk=van.source_id).is_watched
    assert RuleMemory.objects.count() == 0
    yard.api("tracker/rule/update", rule=rule)
    assert Source.objects.get(pk=van.source_id).is_watched
    yard.api("tracker/rule/delete", rule_id=rule_id)
    assert not Source.objects.get(pk=van.source_id).is_watched


def test_rules_have_a_quota(yard: Yard, settings: Any) -> None:
    settings.MAX_ALERT_RULES_PER_ACCOUNT = 1
    yard.make("sos")
    assert yard.api.code("tracker/rule/create", rule=yard.document("sos")) == 268
