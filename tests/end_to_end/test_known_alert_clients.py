"""What public programs send of the calls about rules and alerts, and what they read (alerts §2.2, §4)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from accounts.models import User
from tests.alerts.driving import INSIDE, OUTSIDE, Yard
from tests.api import Api
from tests.end_to_end.plain_client import PATIENCE_S, log_in, report
from tests.end_to_end.servers import Daphne
from trackers.models import Tracker

PLAIN = "%Y-%m-%d %H:%M:%S"
FAST_KNOTS = 80
Entries = list[dict[str, Any]]


@dataclass(frozen=True)
class Fleet:
    """Alice's van, which went through the depot, drove too fast and called for help."""

    http: httpx.Client
    credential: str
    van: Tracker
    rules: dict[str, int]
    came_at: int

    def ask(self, path: str, **parameters: Any) -> dict[str, Any]:
        """By JSON; fails where the program would."""
        return read(self.http.post(f"/v2/{path}", json={"hash": self.credential, **parameters}))

    @property
    def period(self) -> dict[str, str]:
        """The day until now, as it is for who is at UTC."""
        now = datetime.now(UTC)
        return {"from": (now - timedelta(days=1)).strftime(PLAIN), "to": now.strftime(PLAIN)}


def read(answer: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = answer.raise_for_status().json()
    assert document["success"] is True
    return document


def events(entries: Entries) -> list[str]:
    return [entry["event"] for entry in entries]


@pytest.fixture
def http(server: Daphne) -> Iterator[httpx.Client]:
    """A client that follows no redirect, as one would make a GET of a POST."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S, follow_redirects=False) as client:
        yield client


@pytest.fixture
def fleet(server: Daphne, http: httpx.Client, alice: User, register: Callable[..., Tracker]) -> Fleet:
    api, van, _ = Api(), register(alice), register(alice)
    api.log_in(alice.login)
    yard = Yard(api)
    rules = {
        "inoutzone": yard.make("inoutzone", van, extended_params={"append_zone_title": True}),
        "speedup": yard.make("speedup", van, param=90, primary_text="too fast"),
        "sos": yard.make("sos", van, primary_text="calls for help", extended_params={"emergency": True}),
    }
    began = int(time.time()) - 800
    drive: list[tuple[int, tuple[float, float], dict[str, Any]]] = [
        (0, OUTSIDE, {}),
        (200, INSIDE, {}),
        (400, OUTSIDE, {"speed": FAST_KNOTS}),
        (600, OUTSIDE, {"alarm": "sos"}),
    ]
    for seconds, (latitude, longitude), said in drive:
        fields = {"lat": latitude, "lon": longitude, "speed": 10, **said}
        assert report(server, van.source.device_id, began + seconds, **fields) == 200
    return Fleet(http, log_in(server, alice.login), van, rules, began + 200)


@pytest.mark.alerts(41, 43)
@pytest.mark.parametrize("has_chosen", [True, False])
def test_k1_module_lists_speeding_of_one_or_all(fleet: Fleet, has_chosen: bool) -> None:
    chosen = {"trackers": [fleet.van.pk]} if has_chosen else {}
    (entry,) = fleet.ask("history/tracker/list", events=["speedup"], **fleet.period, **chosen)["list"]
    assert (entry["event"], entry["is_read"], entry["tracker_id"]) == ("speedup", False, fleet.van.pk)
    assert entry["message"] == f"{fleet.van.label}: too fast"
    assert (entry["location"]["lat"], entry["location"]["lng"]) == pytest.approx(OUTSIDE)


@pytest.mark.alerts(20, 41, 49)
def test_k2_service_takes_emergencies_of_the_last_minutes(fleet: Fleet) -> None:
    since = (datetime.now(UTC) - timedelta(minutes=15)).strftime(PLAIN)
    wanted = {**fleet.period, "from": since, "only_emergency": True, "limit": 200}
    (entry,) = fleet.ask("history/user/list", **wanted)["list"]
    happened = datetime.strptime(entry["time"], PLAIN).replace(tzinfo=UTC).timestamp()
    assert (entry["id"] > 0, entry["tracker_id"], happened) == (True, fleet.van.pk, fleet.came_at + 400)


@pytest.mark.alerts(10, 21, 41)
def test_k3_service_sends_lists_as_text_and_reads_zones(fleet: Fleet) -> None:
    lists = {"trackers": json.dumps([fleet.van.pk]), "events": json.dumps(["inzone", "outzone"])}
    form = {"hash": fleet.credential, **lists, **fleet.period}
    entries = read(fleet.http.post("/v2/history/tracker/list", data=form))["list"]
    assert events(entries) == ["inzone", "outzone"]
    assert [entry["extra"]["zone_labels"][0] for entry in entries] == ["Depot", "Depot"]
    came, went = (datetime.strptime(entry["time"], PLAIN) for entry in entries)
    assert went - came == timedelta(seconds=200)
    assert {entry["extra"].get("employee_id") for entry in entries} == {None}


@pytest.mark.alerts(45, 46)
def test_k4_poller_sends_its_hash_twice(fleet: Fleet) -> None:
    bearer = {"Authorization": f"Bearer {fleet.credential}"}
    sent = {"hash": fleet.credential, "limit": 100}
    entries = read(fleet.http.post("/history/unread/list", json=sent, headers=bearer))["list"]
    assert events(entries) == ["sos", "speedup", "outzone", "inzone"]
    for entry in entries:
        assert {"lat", "lng"} <= entry["location"].keys()
        assert entry["location"].get("address") == ""
        assert entry["extra"]["tracker_label"] == fleet.van.label
        assert datetime.strptime(entry["time"], PLAIN)


@pytest.mark.alerts(45, 46)
def test_k5_lists_of_alarms_are_asked_by_get(fleet: Fleet) -> None:
    entries = read(fleet.http.get(f"/v2/history/unread/list?hash={fleet.credential}"))["list"]
    assert [(entry["message"], entry["extra"]["tracker_label"]) for entry in entries][:1] == [
        (f"{fleet.van.label}: calls for help", fleet.van.label)
    ]


@pytest.mark.alerts(13, 41, 48)
def test_k6_dashboard_joins_rules_types_and_entries(fleet: Fleet) -> None:
    rules = {rule["id"]: rule for rule in fleet.ask("tracker/rule/list")["list"]}
    names = {one["type"]: one["description"] for one in fleet.ask("history/type/list")["list"]}
    everybody = [tracker["id"] for tracker in fleet.ask("tracker/list")["list"]]
    wanted = {"trackers": everybody, "limit": 1000, "ascending": False}
    entries = fleet.ask("history/tracker/list", **fleet.period, **wanted)["list"]
    told = [entry for entry in entries if entry["rule_id"]]
    assert events(told) == ["sos", "speedup", "outzone", "inzone"]
    emergencies = [entry for entry in told if rules[entry["rule_id"]]["extended_params"]["emergency"]]
    assert events(emergencies) == ["sos"]
    assert all(names[entry["event"]] and entry["address"] == "" for entry in entries)


@pytest.mark.alerts(10, 46)
def test_k7_loader_marks_entries_by_form(fleet: Fleet) -> None:
    unread = fleet.ask("history/unread/list")["list"]
    for entry in unread:
        read(fleet.http.post("/history/mark_read", data={"hash": fleet.credential, "id": entry["id"]}))
    assert fleet.ask("history/unread/list")["list"] == []


@pytest.mark.alerts(10, 41)
def test_k8_script_gets_with_a_trailing_slash(fleet: Fleet) -> None:
    period = "&".join(f"{name}={quote(moment)}" for name, moment in fleet.period.items())
    assert "%20" in period
    query = f"hash={fleet.credential}&trackers=[{fleet.van.pk}]&{period}"
    entries = read(fleet.http.get(f"/api-v2/history/tracker/list/?{query}"))["list"]
    assert {"inzone", "outzone", "speedup", "sos"} <= set(events(entries))


@pytest.mark.alerts(10, 41)
def test_k9_client_posts_with_all_in_the_query(fleet: Fleet) -> None:
    query = {"hash": fleet.credential, "trackers": json.dumps([fleet.van.pk]), **fleet.period}
    assert read(fleet.http.post("/v2/history/tracker/list", params=query))["list"]


@pytest.mark.alerts(46)
def test_k10_app_asks_for_a_type_of_its_own(fleet: Fleet) -> None:
    for kind in ("tracker", "socket_of_tomorrow"):
        query = {"hash": fleet.credential, "limit": 120, "type": kind}
        assert len(read(fleet.http.get("/v2/history/unread/list", params=query))["list"]) == 4


@pytest.mark.alerts(13, 41, 46)
def test_k11_dashboard_asks_for_all_at_once(fleet: Fleet) -> None:
    calls = {
        "tracker/rule/list": {},
        "history/unread/count": {},
        "history/tracker/list": {**fleet.period, "trackers": [fleet.van.pk], "limit": 200},
        "zone/list": {},
    }
    with ThreadPoolExecutor(len(calls)) as tabs:
        rules, unread, entries, zones = tabs.map(lambda one: fleet.ask(one[0], **one[1]), calls.items())
    assert {rule["id"]: rule["type"] for rule in rules["list"]} == {pk: kind for kind, pk in fleet.rules.items()}
    assert (unread["count"], entries["total_unread"]) == (4, 4)
    assert [zone["label"] for zone in zones["list"]] == ["Depot"]


@pytest.mark.alerts(13, 15)
def test_an_app_sends_a_listed_rule_back(fleet: Fleet) -> None:
    (rule,) = (one for one in fleet.ask("tracker/rule/list")["list"] if one["type"] == "speedup")
    fleet.ask("tracker/rule/update", rule={**rule, "param": 120, "suspended": True})
    (changed,) = (one for one in fleet.ask("tracker/rule/list")["list"] if one["type"] == "speedup")
    assert changed == {**rule, "param": 120, "suspended": True}
