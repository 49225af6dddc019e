"""What each known client of the HTTP API sends and reads (api appendix A: H1 to H11)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from accounts.models import Dealer, User
from tests.end_to_end.plain_client import PATIENCE_S, log_in, report
from tests.end_to_end.servers import Daphne
from tests.people import PASSWORD
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

JSON = "application/json; charset=utf-8"
PLAIN_DATE = "%Y-%m-%d %H:%M:%S"
NOWHERE = 2**31 - 1


@dataclass(frozen=True)
class Fleet:
    """Alice's vans: one that drives, and one that is blocked."""

    credential: str
    van: Tracker
    blocked: Tracker


@pytest.fixture
def fleet(server: Daphne, alice: User, register: Callable[..., Tracker]) -> Fleet:
    van, blocked = register(alice), register(alice)
    moment = int(time.time()) - 60
    assert report(server, van.source.device_id, moment, lat=47.5, lon=19.04, speed=10, door="open") == 200
    set_blocked(blocked.source_id, is_blocked=True)
    return Fleet(log_in(server, alice.login), van, blocked)


@pytest.fixture
def http(server: Daphne) -> Iterator[httpx.Client]:
    """A client that follows no redirect, as one would make a GET of a POST."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S, follow_redirects=False) as client:
        yield client


@pytest.mark.api(1, 2, 3, 6)
def test_h1_script_sends_json_inside_forms(http: httpx.Client, alice: User, fleet: Fleet) -> None:
    def ask(path: str, wanted: str, **parameters: Any) -> Any:
        fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
        document = http.post(f"/api-v2/{path}", data=fields).json()
        assert document["success"] is True, document
        return document[wanted]

    credential = ask("user/auth", "hash", login=alice.login, password=PASSWORD)
    listed = ask("tracker/list", "list", hash=credential, labels=[fleet.van.label])
    assert [tracker["id"] for tracker in listed] == [fleet.van.pk]
    ids = [fleet.van.pk, fleet.blocked.pk]
    assert list(ask("tracker/get_states", "states", hash=credential, trackers=ids, list_blocked=True)) == [str(ids[0])]


@pytest.mark.api(1, 2, 26)
def test_h3_service_mixes_json_login_and_get(http: httpx.Client, alice: User, fleet: Fleet) -> None:
    credential = http.post("/v2/user/auth", json={"login": alice.login, "password": PASSWORD}).json()["hash"]
    listed = http.get("/v2/tracker/list/", params={"hash": credential})
    assert (listed.status_code, len(listed.json()["list"])) == (200, 2)
    query = {"hash": credential, "trackers": json.dumps([fleet.van.pk])}
    states = http.get("/v2/tracker/get_states", params=query).json()["states"]
    assert states[str(fleet.van.pk)]["gps"]["speed"] == 19


@pytest.mark.api(2, 6, 24)
def test_h4_library_lists_trackers_by_get(http: httpx.Client, fleet: Fleet) -> None:
    answer = http.get(f"/tracker/list?hash={fleet.credential}")
    assert answer.status_code == 200
    expected = {van.pk: van.label for van in (fleet.van, fleet.blocked)}
    assert {tracker["id"]: tracker["label"] for tracker in answer.json()["list"]} == expected


@pytest.mark.api(2, 5, 7, 9, 24)
def test_h5_client_sends_query_hash_with_form(http: httpx.Client, alice: User, fleet: Fleet) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    login = http.post("/user/auth", params={"login": alice.login, "password": PASSWORD}, headers=form)
    assert (login.status_code, login.headers["content-type"]) == (200, JSON)
    query = {"hash": login.json()["hash"]}
    state = http.post("/tracker/get_state", params=query, data={"tracker_id": str(fleet.van.pk)})
    assert (state.status_code, state.headers["content-type"]) == (200, JSON)
    assert state.json()["state"]["source_id"] == fleet.van.source_id
    refused = http.post("/tracker/get_state", params=query, data={"tracker_id": str(fleet.blocked.pk)})
    assert (refused.status_code, refused.headers["content-type"]) == (403, JSON)
    assert (refused.json()["success"], refused.json()["status"]["code"]) == (False, 208)


@pytest.mark.api(2, 3, 25, 26)
def test_h6_client_sends_flags_and_lists_as_text(http: httpx.Client, fleet: Fleet) -> None:
    ids = f"[{fleet.van.pk}, {fleet.blocked.pk}]"
    fields = {"hash": fleet.credential, "list_blocked": "true", "trackers": ids}
    document = http.post("/v2/tracker/get_states", data=fields).json()
    assert list(document["states"]) == [str(fleet.van.pk)]
    assert document["blocked"] == [fleet.blocked.pk]


@pytest.mark.api(1, 7, 24)
def test_h7_poller_asks_tracker_by_tracker(http: httpx.Client, fleet: Fleet) -> None:
    answers = [
        http.post("/api-v2/tracker/get_state", json={"hash": fleet.credential, "tracker_id": van.pk})
        for van in (fleet.van, fleet.blocked)
    ]
    assert [answer.status_code for answer in answers] == [200, 403]
    state = answers[0].json()["state"]
    assert state["gps"]["location"] == {"lat": 47.5, "lng": 19.04}
    assert (state["connection_status"], state["movement_status"]) == ("active", "moving")


@pytest.mark.api(25, 26)
def test_h8_app_asks_states_with_both_flags(http: httpx.Client, fleet: Fleet) -> None:
    wanted = {"trackers": [fleet.van.pk, fleet.blocked.pk, NOWHERE], "list_blocked": True, "allow_not_exist": True}
    document = http.post("/v2/tracker/get_states", json={"hash": fleet.credential, **wanted}).json()
    assert document["states"][str(fleet.van.pk)]["source_id"] == fleet.van.source_id
    assert (document["blocked"], document["not_exist"]) == ([fleet.blocked.pk], [NOWHERE])


@pytest.mark.api(4, 6, 15)
def test_h9_dealer_page_shows_why_login_failed(http: httpx.Client, alice: User) -> None:
    alice.dealer = Dealer.objects.create(title="Dealer")
    alice.save()
    form = {"login": alice.login, "password": PASSWORD, "dealer_id": alice.dealer.pk, "locale": "en"}
    page = {"Origin": "https://portal.example"}
    answer = http.post("/v2/user/auth", json=form, headers=page)
    assert answer.headers["access-control-allow-origin"] in ("*", page["Origin"])
    assert (answer.json()["type"], len(answer.json()["hash"])) == ("authenticated", 32)
    for wrong in ({"password": "another password"}, {"dealer_id": alice.dealer.pk + 1}):
        refused = http.post("/v2/user/auth", json={**form, **wrong}, headers=page)
        assert refused.headers["access-control-allow-origin"] in ("*", page["Origin"])
        assert refused.json()["status"]["description"] == "Wrong login or password"
    preflight = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    allowed = http.options("/v2/user/auth", headers=preflight).headers
    assert "content-type" in allowed["access-control-allow-headers"].lower()


@pytest.mark.api(1, 2, 26)
def test_h10_app_gets_with_a_trailing_slash(http: httpx.Client, fleet: Fleet) -> None:
    answer = http.get(f"/v2/tracker/get_states/?hash={fleet.credential}&trackers=[{fleet.van.pk}]")
    assert answer.status_code == 200
    assert list(answer.json()["states"]) == [str(fleet.van.pk)]


@pytest.mark.api(6, 7)
def test_h11_application_judges_by_status_class(http: httpx.Client, fleet: Fleet) -> None:
    own = {"hash": fleet.credential}
    accepted = [
        http.post(f"/v2/{path}", json={**own, **parameters})
        for path, parameters in [
            ("user/get_info", {}),
            ("tracker/list", {}),
            ("tracker/read", {"tracker_id": fleet.van.pk}),
        ]
    ]
    refused = [
        http.post(f"/v2/{path}", json={**own, **parameters})
        for path, parameters in [
            ("tracker/list", {"hash": "0" * 32}),
            ("tracker/get_state", {}),
            ("tracker/get_state", {"tracker_id": NOWHERE}),
            ("tracker/get_state", {"tracker_id": fleet.blocked.pk}),
        ]
    ]
    assert all(answer.is_success and answer.json()["success"] for answer in accepted)
    assert all(answer.is_client_error and not answer.json()["success"] for answer in refused)


VOLTMETER = {
    "type": "metering",
    "sensor_type": "power",
    "name": "Board",
    "input_name": "board_voltage",
    "divider": 1,
    "units": "V",
    "units_type": "volt",
}


class LiveMap:
    """H2: asks by forms, raises for whatever is no success, and reads dates as they come by default."""

    def __init__(self, http: httpx.Client, credential: str) -> None:
        self._http, self._credential = http, credential

    def ask(self, path: str, **parameters: Any) -> dict[str, Any]:
        fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
        answer = self._http.post(f"/v2/{path}", data={"hash": self._credential, **fields})
        document: dict[str, Any] = answer.raise_for_status().json()
        return document


def is_now(date: str) -> bool:
    """Whether a date as Alice reads it, in UTC, is about now."""
    return abs(datetime.strptime(date, PLAIN_DATE).replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.api(2, 6, 10)
def test_h2_map_raises_failures_shows_dated_attributes(http: httpx.Client, fleet: Fleet) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        LiveMap(http, "0" * 32).ask("tracker/list")
    shown = LiveMap(http, fleet.credential)
    assert len(shown.ask("tracker/list")["list"]) == 2
    answer = shown.ask("tracker/get_states", trackers=[fleet.van.pk])
    state = answer["states"][str(fleet.van.pk)]
    door = state["additional"]["door"]
    assert door["value"] == "open"
    assert all(is_now(date) for date in (answer["user_time"], state["last_update"], door["updated"]))


@pytest.mark.api(2, 10, 28)
def test_h2_map_shows_readings_singly_and_together(server: Daphne, http: httpx.Client, fleet: Fleet) -> None:
    shown = LiveMap(http, fleet.credential)
    sensor_id = shown.ask("tracker/sensor/create", tracker_id=fleet.van.pk, sensor=VOLTMETER)["id"]
    moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    message = {"device_id": fleet.van.source.device_id, "message_time": moment, "board_voltage": 13.8}
    assert httpx.post(f"{server.url}/ingest/ngp", json=message, timeout=PATIENCE_S).status_code == 200
    one = shown.ask("tracker/readings/list", tracker_id=fleet.van.pk)
    (voltage,) = one["inputs"]
    assert (voltage["sensor_id"], voltage["label"], voltage["name"]) == (sensor_id, "Board", "board_voltage")
    assert (voltage["value"], voltage["units"], voltage["units_type"]) == (13.8, "V", "volt")
    fields = {field["field"]: field["value"] for field in one["states"]}
    assert fields["door"] == "open"
    assert all(is_now(item["update_time"]) for item in (voltage, *one["states"]))
    several = shown.ask("tracker/readings/batch_list", trackers=[fleet.van.pk])["result"]
    assert several[str(fleet.van.pk)]["inputs"] == [voltage]
    of_power = shown.ask("tracker/readings/list", tracker_id=fleet.van.pk, sensor_type="power")
    assert of_power["inputs"] == [voltage]
    assert not of_power.keys() & {"states", "counters"}
    with pytest.raises(httpx.HTTPStatusError):
        shown.ask("tracker/readings/list", tracker_id=fleet.blocked.pk)
