"""`/ingest/osmand`: a device's request, its answer, and what is stored of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.api import Api
from tests.strategies import odd_texts
from trackers.models import SourceState, Tracker
from trackers.services.trackers import corrupt_tracker, set_blocked

FORM = "application/x-www-form-urlencoded"
GOOD = {"lat": "52.5", "lon": "13.4", "speed": "10", "batt": "50", "timestamp": "1714637700"}


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def send(tracker: Tracker, **fields: str) -> HttpResponse:
    return Client().get("/ingest/osmand", {"id": tracker.source.device_id, **fields})


def documents() -> list[str]:
    return list(SourceState.objects.values_list("document", flat=True))


@pytest.mark.api(75)
def test_a_report_is_shown_in_api_units(van: Tracker, api: Api) -> None:
    response = send(van, **GOOD)
    assert (response.status_code, response.content) == (200, b"")
    state = api("tracker/get_state", tracker_id=van.pk)["state"]
    assert (state["gps"]["speed"], state["battery_level"]) == (19, 50)
    assert state["gps"]["location"] == {"lat": 52.5, "lng": 13.4}
    assert state["last_update"] == "2024-05-02 08:15:00"


@pytest.mark.parametrize("prefix", ["/", "/v2/", "/api-v2/"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("way", ["query", "query of a post", "form"])
def test_every_address_takes_query_and_form_reports(van: Tracker, prefix: str, slash: str, way: str) -> None:
    path = f"{prefix}ingest/osmand{slash}"
    fields = f"id={van.source.device_id}&batt=50"
    client = Client(enforce_csrf_checks=True)
    if way == "query":
        response = client.get(f"{path}?{fields}")
    elif way == "form":
        response = client.post(path, fields, content_type=FORM)
    else:
        response = client.post(f"{path}?{fields}", "batt=90", content_type=FORM)
    assert (response.status_code, response.content) == (200, b"")
    assert SourceState.objects.get().state.battery_percent == 50


@pytest.mark.api(75)
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": "nobody"}, "unknown device"),
        ({"id": ""}, "id: must be 1 to 64 letters, digits, hyphens and _ . : /"),
        ({"id": "nul\x00"}, "id: must be 1 to 64 letters, digits, hyphens and _ . : /"),
        ({"lat": "north"}, "lat: must be a number"),
        ({"lat": "91"}, "lat: must be from -90 to 90"),
        ({"lon": ""}, "lon: is missing"),
        ({"timestamp": "soon"}, "timestamp: must be ISO 8601"),
    ],
)
def test_a_bad_report_is_refused_with_reason(van: Tracker, fields: dict[str, str], reason: str) -> None:
    before = documents()
    response = send(van, **{**GOOD, **fields})
    assert (response.status_code, response.content.decode()) == (400, f"{reason}\n")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert documents() == before


def test_an_unreadable_report_costs_no_query(van: Tracker) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert send(van, lat="north").status_code == 400
    assert not queries.captured_queries


def test_a_device_is_refused_while_blocked(van: Tracker) -> None:
    set_blocked(van.source_id, is_blocked=True)
    before = documents()
    response = send(van, **GOOD)
    assert (response.status_code, response.content, documents()) == (403, b"blocked\n", before)
    set_blocked(van.source_id, is_blocked=False)
    assert send(van, **GOOD).status_code == 200
    assert documents() != before


def test_removed_device_is_unknown_by_either_id(van: Tracker) -> None:
    corrupt_tracker(van)
    before = documents()
    van.source.refresh_from_db()
    spoiled = van.source.device_id
    answers = [Client().get("/ingest/osmand", {"id": one, "batt": "5"}) for one in (spoiled, spoiled.split("~")[0])]
    assert [response.status_code for response in answers] == [400, 400]
    assert documents() == before


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(van: Tracker, method: str) -> None:
    before = documents()
    response = Client().generic(method, f"/ingest/osmand?id={van.source.device_id}&batt=5")
    assert (response.status_code, response.headers["Allow"], documents()) == (405, "GET, POST", before)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", FORM),
        ("{}", "application/json"),
        ("id=demo&batt=5", "multipart/form-data"),
        ("id=demo", f"{FORM}; charset=latin-1"),
        ("id=" + "x" * 2_000_000, FORM),
        ("&".join(f"f{number}=1" for number in range(1001)), FORM),
    ],
)
def test_a_non_form_body_is_bad_request(van: Tracker, body: str, content_type: str) -> None:
    response = Client().post("/ingest/osmand", body, content_type=content_type)
    assert 400 <= response.status_code < 500


texts = odd_texts | st.text(st.characters(codec="utf-8"), max_size=6)
names = st.sampled_from(["lat", "lon", "location", "timestamp", "speed", "batt", "sat", "valid"]) | texts
queries = st.dictionaries(names, texts, max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=queries)
def test_any_query_is_stored_or_refused(van: Tracker, api: Api, fields: dict[str, str]) -> None:
    sent = {name.encode(errors="replace"): text.encode(errors="replace") for name, text in fields.items()}
    response: Any = Client().get("/ingest/osmand", {"id": van.source.device_id, **sent})
    assert response.status_code in (200, 400)
    assert api("tracker/get_state", tracker_id=van.pk)["success"] is True
