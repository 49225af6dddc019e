"""Alert rules on the monitoring page: read, made, changed, tried and removed in plain language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.services.sessions import create_session
from alerts.engine.checks import MAX_INPUT, MAX_MINUTES, MAX_SPEED_KMH
from alerts.engine.kinds.table import KINDS
from alerts.models import Alert, AlertRule
from tests.end_to_end.browser import elsewhere, needs_chromium
from tests.end_to_end.plain_client import call
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_page import log_in_and_be_live, open_page
from tests.end_to_end.test_zones_on_page import depot, press_until_at
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

Register = Callable[..., Tracker]
MODULES = "/static/events/rules"
NAMES = """{
  vehicle: (id) => `Van ${id}`, zone: (id) => `Zone ${id}`, sensor: (id) => `Fuel ${id}`,
  webhook: (id) => `Hook ${id}`, me: "me@fleet.example",
}"""
WEEKDAYS, ALL_DAYS = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7]


def evaluate(page: Page, module: str, code: str, *values: Any) -> Any:
    """What a function says that is given a module of the page, and what things are called."""
    called = f"({code})(await import('{MODULES}/{module}'), {NAMES}, ...values)"
    return page.evaluate(f"async (values) => {called}", list(values))


def rule(kind: str, details: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A rule as the server lists it."""
    alerts = {"push_enabled": True, "emails": [], "webhook_ids": [], "emergency": False}
    one = {"id": 1, "name": "R", "type": kind, "zone_ids": [], "trackers": [7], "param": None, "suspended": False}
    texts = {"primary_text": "first", "secondary_text": "second"}
    return {**one, **texts, "alerts": alerts, "schedule": [], "extended_params": details or {}, **fields}


def weekly(weekday: int, start: str, to_weekday: int, end: str) -> dict[str, Any]:
    ends = {"from": {"weekday": weekday, "time": start}, "to": {"weekday": to_weekday, "time": end}}
    return {"type": "weekly", **ends, "interval_id": 1}


SENTENCES = [
    (
        rule("inoutzone", zone_ids=[4], primary_text="", schedule=[weekly(1, "20:00:00", 2, "06:00:00")]),
        "When Van 7 leaves Zone 4 on Mon between 20:00 and 06:00, tell open pages.",
    ),
    (
        rule("inoutzone", zone_ids=[4, 5], trackers=[7, 8], secondary_text=""),
        "When Van 7 or Van 8 enters Zone 4 or Zone 5, tell open pages.",
    ),
    (
        rule("speedup", {"min_duration_seconds": 0, "zone_limit_inverted": True}, param=50, zone_ids=[4]),
        "When Van 7 drives faster than 50 km/h outside of Zone 4, tell open pages.",
    ),
    (
        rule("offline", param=5, trackers=[1, 2, 3, 4], secondary_text=""),
        "When any of 4 vehicles goes offline and stays so for 5 minutes, tell open pages.",
    ),
    (rule("offline", param=0, secondary_text=""), "When Van 7 goes offline, tell open pages."),
    (
        rule("sensor_range", {"sensor_id": 3, "min": 1, "max": 9}, secondary_text=""),
        "When Van 7 has the sensor Fuel 3 below 1 or above 9, tell open pages.",
    ),
    (
        rule("sensor_range", {"sensor_id": 3, "max": 9}, primary_text=""),
        "When Van 7 no longer has the sensor Fuel 3 above 9, tell open pages.",
    ),
    (
        rule("excessive_parking", {"max_parking_duration": 30}, primary_text="", trackers=[]),
        "When … drives on after parking for more than 30 minutes, tell open pages.",
    ),
    (rule("something_new"), "When Van 7 has “something_new”, tell open pages."),
]


def test_rules_are_said_in_plain_language(server: Daphne) -> None:
    with open_page(server) as page:
        for shown, sentence in SENTENCES:
            assert evaluate(page, "sentences.js", "(m, names, rule) => m.sentenceOf(rule, names)", shown) == sentence
        alerts = {
            "push_enabled": False,
            "emails": ["me@fleet.example", "a@b.example"],
            "webhook_ids": [2],
            "emergency": True,
        }
        said = evaluate(
            page, "sentences.js", "(m, names, rule) => m.sentenceOf(rule, names)", rule("sos", alerts=alerts)
        )
        assert said.endswith("tell me and a@b.example by mail, and Hook 2 by webhook, as an emergency.")
        check_hours(page)
        check_drafts(page)
        check_kinds(page)


def check_hours(page: Page) -> None:
    """Hours become intervals and hours again; others are told apart."""
    for days, start, end in [
        (ALL_DAYS, "20:00", "06:00"),
        (WEEKDAYS, "08:00", "18:30"),
        ([6, 7], "00:00", "00:00"),
        ([7], "08:00", "00:00"),
        ([3], "12:00", "12:00"),
    ]:
        hours = {"days": days, "from": start, "to": end}
        assert evaluate(page, "schedule.js", "(m, _, hours) => m.hoursOf(m.intervalsOf(hours))", hours) == hours
    night = evaluate(page, "schedule.js", "(m) => m.intervalsOf({ days: [7], from: '20:00', to: '06:00' })")
    assert night[0]["to"] == {"weekday": 1, "time": "06:00:00"}
    for interval, words in [
        (weekly(1, "00:00:00", 1, "23:59:59"), "on Mon"),
        (weekly(1, "08:00:00", 5, "18:00:00"), "from Mon 08:00 to Fri 18:00"),
        (weekly(2, "08:00:00", 2, "07:00:00"), "from Tue 08:00 to Tue 07:00"),
    ]:
        assert evaluate(page, "schedule.js", "(m, _, schedule) => m.scheduleWords(schedule)", [interval]) == words


def check_drafts(page: Page) -> None:
    """What is looked at and left again is as it was; what lacks is said."""
    shown = rule("speedup", {"min_duration_seconds": 30, "emergency": False}, param=50, zone_ids=[4], zone_id=4)
    code = """(m, names, rule) => {
      const draft = new m.Draft(rule);
      for (const choice of ["inoutzone.0", "sos.0", "offline.1", "speedup.0"]) draft.choose(choice);
      return draft.documentBy(names);
    }"""
    assert evaluate(page, "draft.js", code, shown) == {name: shown[name] for name in shown if name != "zone_id"}
    code = """(m, names) => {
      const draft = new m.Draft(m.newRule("me@fleet.example"));
      const lacks = [draft.lack];
      draft.rule.trackers = [7];
      lacks.push(draft.lack);
      draft.rule.zone_ids = [4];
      draft.choose("inoutzone.1");
      const { name, primary_text: first, ...rest } = draft.documentBy(names);
      draft.choose("sensor_range.0");
      return [...lacks, draft.lack, name, first, "id" in rest || rest.secondary_text !== undefined];
    }"""
    lacks = ["Choose a vehicle.", "Choose a zone.", "Sensor is missing."]
    assert evaluate(page, "draft.js", code) == [*lacks, "Van 7 leaves Zone 4", "", False]


def check_kinds(page: Page) -> None:
    """The page offers each type that is judged, with its events and bounds."""
    code = "(m) => Object.entries(m.KINDS).map(([type, { events }]) => [type, events.length])"
    assert dict(evaluate(page, "kinds.js", code)) == {
        name: 1 if kind.second is None else 2 for name, kind in KINDS.items()
    }
    code = """(m) => {
      const most = (type) => m.KINDS[type].parameters[0].most;
      return [most("speedup"), most("offline"), most("input_change")];
    }"""
    assert evaluate(page, "kinds.js", code) == [MAX_SPEED_KMH, MAX_MINUTES, MAX_INPUT]


def rules_of(server: Daphne, user: User) -> dict[str, dict[str, Any]]:
    """As the server lists them, by name."""
    answer = call(server, "tracker/rule/list", hash=elsewhere(create_session, user), iso_datetime=True)
    return {one["name"]: one for one in answer["list"]}


def open_rules(page: Page, user: User) -> None:
    log_in_and_be_live(page, user)
    page.get_by_role("button", name="Rules", exact=True).click()


def test_rule_is_made_by_keyboard_alone(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    zone_id = elsewhere(depot, alice)
    with open_page(server) as page:
        log_in_and_be_live(page, alice)
        page.locator("#list").get_by_text(van.label, exact=True).wait_for()
        press_until_at(page, "#rules-open")
        page.keyboard.press("Enter")
        page.wait_for_selector(".rules [data-does=new]")
        press_until_at(page, ".rules [data-does=new]")
        page.keyboard.press("Enter")
        choose(page, "vehicles")
        press_until_at(page, ".rules [name=what]")
        page.keyboard.type("leaves")
        choose(page, "zones")
        press_until_at(page, ".rules [name=when]")
        page.keyboard.press("ArrowDown")
        press_until_at(page, ".rules [name=push]")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        said = f"When {van.label} leaves Depot between 20:00 and 06:00, tell me by mail."
        page.locator(".rules li").get_by_text(said, exact=True).wait_for()
        assert page.evaluate("document.activeElement.matches('.rules li button')")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "rules-open"
    made = rules_of(server, alice)[f"{van.label} leaves Depot"]
    assert (made["type"], made["zone_ids"], made["trackers"]) == ("inoutzone", [zone_id], [van.pk])
    assert (made["primary_text"], made["secondary_text"]) == ("", "Left a zone")
    assert made["alerts"]["emails"] == [alice.login] and len(made["schedule"]) == 7


def choose(page: Page, what: str) -> None:
    """The first of these, in the list that opens and closes again."""
    press_until_at(page, f"[data-picks={what}] summary")
    page.keyboard.press("Enter")
    press_until_at(page, f"[data-picks={what}] li input")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")


def test_what_the_form_does_not_show_is_kept(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    credential = create_session(alice)
    ranges = [{"tracker_id": van.pk, "sensor_id": 12, "min": 1.5, "max": None, "threshold": 2, "display_value": False}]
    silent = {"primary_text": "", "secondary_text": "", "description": "for the night"}
    fixed = {"type": "fixed", "from": "2030-12-24 00:00:00", "to": "2030-12-26 12:30:15"}
    receivers = {
        "sms_phones": ["+361234567"],
        "phones": ["+367654321"],
        "emails": ["b@b.example", alice.login, "a@a.example"],
    }
    for kind, details in [("sensor_range", {"tracker_params": ranges}), ("offline", {"private_rule": True})]:
        whole = {"type": kind, "name": kind, "trackers": [van.pk], "extended_params": details, "alerts": receivers}
        assert call(server, "tracker/rule/create", hash=credential, rule={**whole, **silent, "schedule": [fixed]})[
            "success"
        ]
    before = rules_of(server, alice)
    with open_page(server) as page:
        open_rules(page, alice)
        for name in before:
            page.locator(".rules li button", has_text=name).first.click()
            page.fill(".rules [name=title]", f"{name} anew")
            page.get_by_role("button", name="Save").click()
            page.locator(".rules li").get_by_text(f"{name} anew", exact=True).wait_for()
    after = rules_of(server, alice)
    assert after == {f"{name} anew": {**one, "name": f"{name} anew"} for name, one in before.items()}


def test_change_of_somebody_else_is_not_undone(server: Daphne, alice: User, register: Register) -> None:
    register(alice)
    made = elsewhere(AlertRule.objects.create, account=alice, made_by=alice, kind="sos", name="Help")
    with open_page(server) as page:
        open_rules(page, alice)
        page.locator(".rules li button").click()
        elsewhere(AlertRule.objects.filter(pk=made.pk).update, description="theirs")
        page.fill(".rules [name=title]", "Mine")
        page.get_by_role("button", name="Save").click()
        page.locator(".rules .failure", has_text="Somebody else has changed the rule").wait_for()
    assert elsewhere(AlertRule.objects.get).name == "Help"


def test_rule_is_asked_why_tried_and_removed(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    made = elsewhere(AlertRule.objects.create, account=alice, made_by=alice, kind="sos", name="Help", is_suspended=True)
    with open_page(server) as page:
        open_rules(page, alice)
        page.locator(".rules li button").click()
        page.click(".rules-trial summary")
        page.get_by_role("button", name="Why did it not fire?").click()
        reasons = page.get_by_role("list", name="Outcome").get_by_role("listitem")
        expect(reasons).to_have_text(
            ["The rule rests.", "The rule does not watch this vehicle.", "The vehicle has never reported."]
        )
        page.get_by_role("button", name="Send a test alert").click()
        page.get_by_role("button", name="Alerts, 1 unread").wait_for()
        page.get_by_role("button", name="Delete…").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.locator(".rules .more", has_text="No rules yet.").wait_for()
    assert elsewhere(Alert.objects.get).tracker_id == van.pk
    assert not elsewhere(AlertRule.objects.filter(pk=made.pk).exists)


def test_vehicle_that_a_rule_is_tried_with_is_searched_by_keyboard(
    server: Daphne, alice: User, register: Register
) -> None:
    ten, nine, eight = (register(alice, f"Van {number}, no.") for number in (10, 9, 8))
    made = elsewhere(AlertRule.objects.create, account=alice, made_by=alice, kind="sos", name="Help")
    elsewhere(made.trackers.set, [ten, nine])
    with open_page(server) as page:
        open_rules(page, alice)
        page.locator(".rules li button").click()
        page.click(".rules-trial summary")
        picker = page.locator(".rules-trial .picker")
        expect(picker.locator("summary")).to_have_text(nine.label)
        picker.locator("summary").press("Enter")
        picker.get_by_role("searchbox").press_sequentially("van 8")
        expect(picker.get_by_role("listitem")).to_have_count(1)
        press_until_at(page, ".rules-trial .picker li input")
        page.keyboard.press("Space")
        expect(picker.locator("summary")).to_have_text(eight.label)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Why did it not fire?").press("Enter")
        reasons = page.get_by_role("list", name="Outcome").get_by_role("listitem")
        expect(reasons.first).to_have_text("The rule does not watch this vehicle.")
        picker.locator("summary").press("Enter")
        picker.get_by_role("checkbox", name=eight.label).press("Space")
        page.get_by_role("button", name="Why did it not fire?").press("Enter")
        expect(reasons).to_have_text(["Choose a vehicle first."])


def test_who_may_not_change_rules_reads_them(server: Daphne, alice: User, bob: User, register: Register) -> None:
    van = register(alice)
    van.sub_users.add(bob)
    made = elsewhere(AlertRule.objects.create, account=alice, made_by=alice, kind="sos", name="Help")
    elsewhere(made.trackers.add, van)
    with open_page(server) as page:
        open_rules(page, bob)
        page.locator(".rules li").get_by_text(f"When {van.label} calls for help (SOS), tell open pages.").wait_for()
        assert page.locator(".rules li button, .rules [data-does=new]:visible").count() == 0


def test_limits_are_read_and_typed_in_the_units_of_the_account(server: Daphne, alice: User, register: Register) -> None:
    van = register(alice)
    elsewhere(User.objects.filter(pk=alice.pk).update, measurement_system="imperial")
    fields = {"account": alice, "made_by": alice, "kind": "speedup", "name": "Fast"}
    made = elsewhere(AlertRule.objects.create, **fields, param=90)
    elsewhere(made.trackers.add, van)
    stored = AlertRule.objects.filter(pk=made.pk).values_list("name", "param").get
    with open_page(server) as page:
        open_rules(page, alice)
        page.locator(".rules li").get_by_text(
            f"When {van.label} drives faster than 56 mph, tell open pages."
        ).wait_for()
        page.locator(".rules li button").click()
        limit = page.locator(".figures label", has_text="mph").get_by_label("Speed")
        expect(limit).to_have_value("56")
        page.fill(".rules [name=title]", "Another name")
        page.get_by_role("button", name="Save").click()
        page.locator(".rules li button", has_text="Another name").wait_for()
        assert elsewhere(stored) == ("Another name", 90)
        page.locator(".rules li button").click()
        limit.fill("55")
        expect(page.locator(".rules [data-part=sentence]")).to_contain_text("faster than 55 mph")
        page.get_by_role("button", name="Save").click()
        page.locator(".rules li").get_by_text(
            f"When {van.label} drives faster than 55 mph, tell open pages."
        ).wait_for()
    assert elsewhere(stored) == ("Another name", 89)
