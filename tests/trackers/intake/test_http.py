"""NGP, Traccar and phones over HTTP: a request, its answer, and what is stored of it, at either edge.

The edges are the view, which needs no loop, and the application in front of Django, which stores what comes together
in one transaction.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.api import Api
from tests.strategies import json_values
from tests.trackers.bodies import (
    ngp_message,
    overland_batch,
    owntracks_location,
    phone_document,
    traccar_position,
)
from tests.trackers.edges import Edge, edge_named, without_database
from trackers.models import SourceReport, SourceState, Tracker
from trackers.services.trackers import set_blocked, set_ingest_key

EDGES = ["view", "application"]
PATHS = {
    "ngp": "/ingest/ngp",
    "traccar": "/ingest/traccar",
    "phone": "/ingest/osmand",
    "owntracks": "/ingest/owntracks",
    "overland": "/ingest/overland",
}
BODIES: dict[str, Callable[..., dict[str, Any]]] = {
    "ngp": ngp_message,
    "traccar": traccar_position,
    "phone": phone_document,
    "owntracks": owntracks_location,
    "overland": overland_batch,
}
# What says that a report is stored.
SUCCESS = {"owntracks": "[]", "overland": '{"result":"ok"}'}

pytestmark = pytest.mark.django_db(transaction=True)
every_way = pytest.mark.parametrize("way", PATHS)


@pytest.fixture(params=EDGES)
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    with edge_named(request.param) as edge:
        yield edge


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def state(api: Api, van: Tracker) -> dict[str, Any]:
    return api("tracker/get_state", tracker_id=van.pk)["state"]


def documents() -> list[str]:
    return list(SourceState.objects.order_by("pk").values_list("document", flat=True))


@every_way
@pytest.mark.api(74, 76)
def test_a_report_is_shown_in_api_units(edge: Edge, van: Tracker, api: Api, way: str) -> None:
    answer = edge.post(PATHS[way], BODIES[way](van.source.device_id))
    assert (answer.status, answer.text) == (200, SUCCESS.get(way, ""))
    shown = state(api, van)
    assert shown["gps"]["location"] == {"lat": 52.5, "lng": 13.4}
    assert shown["gps"]["speed"] == {"traccar": 19}.get(way, 36)
    assert shown["battery_level"] == {"ngp": None}.get(way, 50)
    assert shown["last_update"] == "2024-05-02 08:15:00"


@every_way
@pytest.mark.parametrize("prefix", ["", "/v2", "/api-v2", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_report_comes_in_at_every_address(edge: Edge, van: Tracker, way: str, prefix: str, slash: str) -> None:
    answer = edge.post(f"{prefix}{PATHS[way]}{slash}", BODIES[way](van.source.device_id))
    assert answer.status == 200
    assert SourceState.objects.get().revision == 1


@pytest.mark.api(74, 76, 77)
@pytest.mark.parametrize(
    ("way", "status"), [("ngp", 403), ("traccar", 200), ("phone", 404), ("owntracks", 404), ("overland", 404)]
)
def test_each_protocol_tells_an_unknown_device(edge: Edge, van: Tracker, way: str, status: int) -> None:
    before = documents()
    answer = edge.post(PATHS[way], BODIES[way]("nobody"))
    assert (answer.status, answer.text, documents()) == (status, "unknown device\n", before)


@every_way
def test_a_blocked_source_is_refused(edge: Edge, van: Tracker, way: str) -> None:
    set_blocked(van.source_id, is_blocked=True)
    before = documents()
    answer = edge.post(PATHS[way], BODIES[way](van.source.device_id))
    assert (answer.status, answer.text, documents()) == (403, "blocked\n", before)


@every_way
def test_a_key_comes_in_query_or_header(edge: Edge, van: Tracker, way: str) -> None:
    key = set_ingest_key([van.source_id])
    path, body = PATHS[way], BODIES[way](van.source.device_id)
    before = documents()
    for address, reason in {
        path: "ingest key missing\n",
        f"{path}?key=": "ingest key missing\n",
        f"{path}?key={key[:-1]}": "wrong ingest key\n",
        f"{path}/{key[:-1]}": "wrong ingest key\n",
    }.items():
        answer = edge.post(address, body)
        assert (answer.status, answer.text, documents()) == (403, reason, before)
    for credential in (f"Basic {key}", f"Basic {basic('', key[:-1])}", f"Bearer {key[:-1]}", "Bearer", "Digest x"):
        assert edge.post(path, body, Authorization=credential).status == 403
    for credential in (f"Bearer {key}", f"Basic {basic('van', key)}", f"basic {basic('', key)}"):
        assert edge.post(path, body, Authorization=credential).status == 200
    assert documents() != before
    for address in (f"{path}?key={key}", f"{path}/{key}", f"/v2{path}/{key.upper()}/"):
        assert edge.post(address, body).status == 200


def test_a_key_in_the_address_is_not_logged(edge: Edge, van: Tracker, caplog: pytest.LogCaptureFixture) -> None:
    key = set_ingest_key([van.source_id])
    assert edge.get(f"/ingest/osmand/{key}?id={van.source.device_id}&lat=99&lon=9").status == 400
    assert edge.get(f"/ingest/osmand/{key[1:]}?id={van.source.device_id}").status == 403
    assert key[1:] not in caplog.text


def basic(name: str, password: str) -> str:
    return b64encode(f"{name}:{password}".encode()).decode()


def phone_batch(device_id: str | None, *latitudes: Any) -> dict[str, Any]:
    """What apps on transistorsoft's library send when they have several places."""
    minutes = enumerate(latitudes, 15)
    documents = [phone_document("", f"2024-05-02T08:{minute}:00Z", latitude=one) for minute, one in minutes]
    named = {} if device_id is None else {"device_id": device_id}
    return {**named, "location": [document["location"] for document in documents]}


def test_a_batch_is_stored_as_a_whole(edge: Edge, van: Tracker, api: Api) -> None:
    answer = edge.post("/ingest/osmand", phone_batch(van.source.device_id, 1, 2, 3))
    assert (answer.status, answer.text) == (200, "")
    assert (state(api, van)["gps"]["location"]["lat"], SourceReport.objects.count()) == (3, 3)


def test_one_bad_place_does_not_hold_up_a_batch(edge: Edge, van: Tracker, api: Api) -> None:
    device_id = van.source.device_id
    assert edge.post("/ingest/osmand", phone_batch(device_id, 91, 2)).status == 200
    assert state(api, van)["gps"]["location"]["lat"] == 2
    refused = edge.post("/ingest/osmand", phone_batch(device_id, 91, "north"))
    assert (refused.status, refused.text) == (400, "location.coords.latitude: must be from -90 to 90\n")
    assert edge.post("/ingest/osmand", phone_batch(device_id)).status == 200


def test_a_batch_waits_until_its_device_is_known(edge: Edge, van: Tracker) -> None:
    before = documents()
    assert edge.post("/ingest/osmand", phone_batch("nobody", 1, 2)).status == 404
    assert edge.post("/ingest/osmand", phone_batch(None, 1, 2)).status == 400
    assert documents() == before
    assert edge.post(f"/ingest/osmand?id={van.source.device_id}", phone_batch(None, 1, 2)["location"]).status == 200
    assert documents() != before


def test_batches_may_be_longer_than_forms(edge: Edge, van: Tracker) -> None:
    batch = phone_batch(van.source.device_id, *[52.5] * 400)
    assert len(json.dumps(batch)) > 64 * 1024
    with override_settings(INGEST_MAX_REPORTS=399):
        assert edge.post("/ingest/osmand", batch).status == 413
    assert edge.post("/ingest/osmand", batch).status == 200


@pytest.mark.parametrize("way", ["query", "form"])
def test_osmands_fields_bring_the_key_as_well(edge: Edge, van: Tracker, way: str) -> None:
    key = set_ingest_key([van.source_id])
    fields = f"id={van.source.device_id}&batt=50"
    send: Callable[[str], Any] = (
        (lambda fields: edge.get(f"/ingest/osmand?{fields}"))
        if way == "query"
        else (lambda fields: edge.send("POST", "/ingest/osmand", fields.encode(), "application/x-www-form-urlencoded"))
    )
    assert send(fields).status == 403
    assert send(f"{fields}&key={key}").status == 200
    assert SourceState.objects.get().state.battery_percent == 50


@pytest.mark.api(74)
def test_an_older_generic_message_moves_nothing(edge: Edge, van: Tracker, api: Api) -> None:
    device_id = van.source.device_id
    edge.post("/ingest/ngp", ngp_message(device_id, "2024-05-02T08:15:00Z"))
    before = state(api, van)
    older = ngp_message(device_id, "2024-05-02T08:14:59Z", location={"latitude": 1, "longitude": 2, "satellites": 9})
    assert edge.post("/ingest/ngp", older).status == 200
    assert state(api, van) == before


@pytest.mark.api(74)
def test_a_message_with_two_satellites_moves_no_position(edge: Edge, van: Tracker, api: Api) -> None:
    device_id = van.source.device_id
    edge.post("/ingest/ngp", ngp_message(device_id, "2024-05-02T08:15:00Z"))
    place = {"latitude": 1, "longitude": 2, "satellites": 2}
    assert edge.post("/ingest/ngp", ngp_message(device_id, "2024-05-02T08:16:00Z", location=place)).status == 200
    shown = state(api, van)
    assert shown["gps"]["location"] == {"lat": 52.5, "lng": 13.4}
    assert shown["last_update"] == "2024-05-02 08:16:00"


@pytest.mark.api(74)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "body: is not JSON"),
        (b"{", "body: is not JSON"),
        (b"3", "body: Expected `object`"),
        (b"[", "body: is not a JSON array"),
        (b'{"device_id": "x"}', "message_time: is missing"),
        (json.dumps(ngp_message("device-1", battery_level=101)).encode(), "battery_level: Expected `float` <= 100"),
    ],
)
def test_a_bad_message_is_refused_with_reason(edge: Edge, van: Tracker, body: bytes, reason: str) -> None:
    before = documents()
    answer = edge.send("POST", "/ingest/ngp", body)
    assert answer.status == 400
    assert answer.text.startswith(reason) and answer.text.endswith("\n")
    assert (answer.headers["content-type"], documents()) == ("text/plain; charset=utf-8", before)


@pytest.mark.parametrize("form", ["array", "lines"])
def test_good_messages_are_stored_bad_ones_named(
    edge: Edge, alice: User, register: Callable[..., Tracker], form: str
) -> None:
    good, other, blocked = (register(alice) for _ in range(3))
    set_blocked(blocked.source_id, is_blocked=True)
    messages = [
        ngp_message(good.source.device_id),
        ngp_message(other.source.device_id, battery_level=101),
        ngp_message(blocked.source.device_id),
        ngp_message("nobody"),
        ngp_message(good.source.device_id, "2024-05-02T08:16:00Z"),
    ]
    parts = [json.dumps(message).encode() for message in messages]
    body = b"[" + b",".join(parts) + b"]" if form == "array" else b"\n".join(parts)
    answer = edge.send("POST", "/ingest/ngp", body)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(answer.text) == {
        "stored": 2,
        "refused": [
            {"index": 1, "error": "battery_level: Expected `float` <= 100.0"},
            {"index": 2, "error": "blocked"},
            {"index": 3, "error": "unknown device"},
        ],
    }
    assert dict(SourceState.objects.values_list("pk", "revision")) == {
        good.source_id: 2,
        other.source_id: 0,
        blocked.source_id: 0,
    }


def test_an_empty_array_is_answered_with_nothing_stored(edge: Edge, van: Tracker) -> None:
    assert json.loads(edge.send("POST", "/ingest/ngp", b"[]").text) == {"stored": 0, "refused": []}


@pytest.mark.api(77)
def test_a_position_that_is_forwarded_again_changes_nothing(edge: Edge, van: Tracker) -> None:
    body = traccar_position(van.source.device_id)
    assert edge.post("/ingest/traccar", body).status == 200
    revision = SourceState.objects.get().revision
    assert edge.post("/ingest/traccar", body).status == 200
    assert SourceState.objects.get().revision == revision


@pytest.mark.api(77)
@pytest.mark.parametrize("device_time", ["2024-05-02T08:14:00.000+00:00", "2024-05-02T08:16:00.000+00:00"])
def test_an_older_traccar_fix_moves_nothing_back(edge: Edge, van: Tracker, api: Api, device_time: str) -> None:
    device_id = van.source.device_id
    edge.post("/ingest/traccar", traccar_position(device_id))
    before = state(api, van)["gps"]
    older = traccar_position(device_id, device_time, fix_time="2024-05-02T08:13:00.000+00:00", latitude=1, longitude=2)
    assert edge.post("/ingest/traccar", older).status == 200
    assert state(api, van)["gps"] == before


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"event": {"type": "deviceOffline"}, "device": {"uniqueId": "device-1"}}, 200),
        (traccar_position("+49 30 1234"), 200),
        ([], 400),
        ({"device": {"uniqueId": "device-1"}}, 400),
    ],
)
def test_irrelevant_traccar_documents_succeed_impossible_ones_fail(
    edge: Edge, van: Tracker, document: Any, status: int
) -> None:
    before = documents()
    assert (edge.post("/ingest/traccar", document).status, documents()) == (status, before)


@every_way
def test_a_too_large_body_is_refused_whole(edge: Edge, van: Tracker, settings: Any, way: str) -> None:
    settings.INGEST_MAX_BYTES = 100
    before = documents()
    answer = edge.post(PATHS[way], BODIES[way](van.source.device_id))
    assert (answer.status, answer.text, documents()) == (413, "more than 100 bytes\n", before)


def test_too_many_reports_are_refused_whole(edge: Edge, van: Tracker, settings: Any) -> None:
    settings.INGEST_MAX_REPORTS = 2
    before = documents()
    answer = edge.post("/ingest/ngp", [ngp_message(van.source.device_id)] * 3)
    assert (answer.status, answer.text, documents()) == (413, "more than 2 reports\n", before)


@pytest.mark.parametrize("path", ["/ingest/ngp", "/ingest/traccar", "/ingest/owntracks", "/ingest/overland"])
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_other_methods_are_not_allowed(edge: Edge, db: None, path: str, method: str) -> None:
    answer = edge.send(method, path, b"")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_page_of_another_origin_may_report(edge: Edge, van: Tracker) -> None:
    answer = edge.post("/ingest/ngp", ngp_message(van.source.device_id), Origin="https://elsewhere.example")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_without_database_senders_are_told_to_retry(edge: Edge, van: Tracker) -> None:
    with without_database():
        answer = edge.post("/ingest/ngp", ngp_message(van.source.device_id))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert edge.post("/ingest/ngp", ngp_message(van.source.device_id)).status == 200


values = st.dictionaries(st.text(max_size=4), json_values(), max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=values, way=st.sampled_from(sorted(PATHS)))
def test_any_extra_report_members_remain_readable(van: Tracker, api: Api, members: dict[str, Any], way: str) -> None:
    body = BODIES[way](van.source.device_id)
    inner = {
        "ngp": body,
        "traccar": body.get("position", {}).get("attributes"),
        "phone": body.get("location"),
        "owntracks": body,
        "overland": body,
    }[way]
    assert inner is not None
    inner.update(members)
    response = Client().post(PATHS[way], json.dumps(body).encode(errors="replace"), content_type="application/json")
    assert response.status_code in (200, 400)
    assert api("tracker/get_state", tracker_id=van.pk)["success"] is True
