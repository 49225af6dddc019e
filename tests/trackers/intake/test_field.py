"""What the field sends: requests that are written otherwise than in the book, and what becomes of them."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from tests.api import Api
from tests.trackers.bodies import ngp_message, overland_batch, owntracks_location, phone_document, traccar_position
from tests.trackers.edges import Edge, Heard, Sent, edge_named, send_to_application
from trackers.intake.batching import current_batcher
from trackers.intake.left_out import MAX_LATEST, MAX_NAMES, OTHERS, LeftOutCounts, left_out
from trackers.models import SourceState, Tracker
from trackers.reports.report import Report
from trackers.services.trackers import register_tracker, set_blocked, set_ingest_key

pytestmark = pytest.mark.django_db(transaction=True)
FORM = "application/x-www-form-urlencoded"
PLACE = "lat=52.5&lon=13.4"
NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)


@pytest.fixture(params=["view", "application"])
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    with edge_named(request.param) as edge:
        yield edge


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def place() -> tuple[float, float] | None:
    gps = SourceState.objects.get().state.gps
    return None if gps is None else (gps.latitude, gps.longitude)


def to_application(sent: Sent) -> Heard:
    async def send() -> Heard:
        heard = await send_to_application(sent)
        await current_batcher().close()
        return heard

    return asyncio.run(send())


@pytest.mark.api(78)
def test_one_value_that_cannot_be_right_costs_no_report_of_a_queue(edge: Edge, van: Tracker, api: Api) -> None:
    device_id = van.source.device_id
    for second, charge in enumerate(["-100.0", "43628.0", "87"]):
        answer = edge.get(
            f"/ingest/osmand?id={device_id}&timestamp={1714637700 + second}&{PLACE}&speed=10&batt={charge}"
        )
        assert (answer.status, answer.text) == (200, "")
    shown = api("tracker/get_state", tracker_id=van.pk)["state"]
    assert (shown["battery_level"], shown["gps"]["speed"], shown["last_update"]) == (87, 19, "2024-05-02 08:15:02")


@pytest.mark.api(79)
@pytest.mark.parametrize(
    "body",
    [
        lambda id: ("/ingest/traccar", traccar_position(id, latitude=0, longitude=0)),
        lambda id: ("/ingest/osmand", phone_document(id, latitude=0.0, longitude=0)),
        lambda id: ("/ingest/owntracks", owntracks_location(id, lat="0", lon="0")),
        lambda id: ("/ingest/ngp", ngp_message(id, location={"latitude": 0, "longitude": 0, "satellites": 9})),
    ],
)
def test_no_way_in_takes_zero_zero_for_a_place(
    edge: Edge, van: Tracker, body: Callable[[str], tuple[str, dict[str, Any]]]
) -> None:
    device_id = van.source.device_id
    assert edge.get(f"/ingest/osmand?id={device_id}&timestamp=1714637600&{PLACE}").status == 200
    assert edge.post(*body(device_id)).status == 200
    assert place() == (52.5, 13.4)
    assert edge.get(f"/ingest/osmand?id={device_id}&timestamp=1714637701&lat=0.000000&lon=0.000000").status == 200
    assert place() == (52.5, 13.4)


@pytest.mark.api(74)
@pytest.mark.parametrize("satellites", [0, 1, 2])
def test_only_the_generic_protocol_wants_three_satellites(edge: Edge, van: Tracker, satellites: int) -> None:
    device_id = van.source.device_id
    few = {"latitude": 1, "longitude": 2, "satellites": satellites}
    assert edge.post("/ingest/ngp", ngp_message(device_id, location=few)).status == 200
    assert place() is None
    assert edge.get(f"/ingest/osmand?id={device_id}&timestamp=1714637800&{PLACE}&sat={satellites}").status == 200
    assert place() == (52.5, 13.4)
    forwarded = traccar_position(
        device_id, "2024-05-02T08:20:00.000+00:00", attributes={"sat": satellites}, latitude=3, longitude=4
    )
    assert edge.post("/ingest/traccar", forwarded).status == 200
    assert place() == (3, 4)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "APPLICATION/JSON", "text/plain", "", FORM, "*/*"],
)
def test_json_is_json_whatever_its_content_type_says(edge: Edge, van: Tracker, content_type: str) -> None:
    body = json.dumps(phone_document(van.source.device_id)).encode()
    assert edge.send("POST", "/ingest/osmand", b" \n" + body, content_type).status == 200
    assert place() == (52.5, 13.4)


@pytest.mark.parametrize(
    "content_type", [FORM, f"{FORM}; charset=UTF-8", "Application/X-WWW-Form-Urlencoded", "text/plain"]
)
def test_a_form_is_a_form_whatever_its_content_type_says(edge: Edge, van: Tracker, content_type: str) -> None:
    body = f"id={van.source.device_id}&{PLACE}".encode()
    assert edge.send("POST", "/ingest/osmand", body, content_type).status == 200
    assert place() == (52.5, 13.4)


def test_a_numeric_id_is_unknown_until_somebody_registers_it(edge: Edge, alice: User) -> None:
    body = {**phone_document(""), "device_id": 862117000000001}
    assert edge.post("/ingest/osmand", body).status == 404
    register_tracker(account=alice, device_id="862117000000001", label="Van")
    assert edge.post("/ingest/osmand", body).status == 200


@pytest.mark.parametrize("device_id", ["van_7", "00:1A:7D:DA", "jane.phone", "owntracks/jane/phone"])
def test_ids_may_have_the_signs_that_ids_have(edge: Edge, alice: User, device_id: str) -> None:
    register_tracker(account=alice, device_id=device_id, label="Van")
    assert edge.get(f"/ingest/osmand?id={device_id}&{PLACE}").status == 200
    assert edge.get(f"/ingest/osmand?id=%20{device_id}%0D%0A&{PLACE}").status == 200
    assert edge.post("/ingest/traccar", traccar_position(device_id)).text == ""
    assert place() == (52.5, 13.4)


@pytest.mark.parametrize(
    "path",
    [
        "//ingest/osmand",
        "/ingest//osmand",
        "/ingest/osmand//",
        "http://fleet.example:8000/ingest/osmand",
        "HTTP://fleet.example/v2/ingest/osmand/",
        "https://fleet.example//ingest/osmand",
    ],
)
def test_an_address_may_be_whole_or_have_a_slash_too_many(van: Tracker, path: str) -> None:
    sent = Sent("GET", f"{path}?id={van.source.device_id}&{PLACE}", b"", {"Content-Type": ""})
    assert to_application(sent).status == 200
    assert place() == (52.5, 13.4)


@pytest.mark.parametrize("name", ["id", "deviceid"])
def test_the_bare_host_takes_reports_as_well(van: Tracker, name: str) -> None:
    fields = f"{name}={van.source.device_id}&{PLACE}&timestamp="
    document = phone_document(van.source.device_id, "2024-05-02T08:15:03Z")
    sent = [
        Sent("GET", f"/?{fields}1714637700", b"", {"Content-Type": ""}),
        Sent("POST", f"/?{fields}1714637701", b"", {"Content-Type": FORM}),
        Sent("POST", "/", f"{fields}1714637702".encode(), {"Content-Type": FORM}),
        Sent(
            "POST",
            "/",
            json.dumps(document).encode(),
            {"Content-Type": ""},
        ),
    ]
    assert [to_application(one).status for one in sent] == [200] * 4
    assert SourceState.objects.get().revision == 4


def test_the_bare_host_stays_the_page_for_everybody_else(van: Tracker) -> None:
    for query in ("", "?lang=en", "?side=1&identity=2"):
        heard = to_application(Sent("GET", f"/{query}", b"", {"Content-Type": ""}))
        assert (heard.status, heard.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.api(82)
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b'{"_type": "lwt", "tst": 1714637700}',
        b'{"_type": "waypoint", "lat": 1, "lon": 2, "tst": 1714637700}',
        b'{"_type": "encrypted", "data": "c2VjcmV0"}',
    ],
)
def test_what_owntracks_says_beside_places_is_acknowledged_and_not_stored(
    edge: Edge, van: Tracker, message: bytes
) -> None:
    answer = edge.send("POST", f"/ingest/owntracks?id={van.source.device_id}", message)
    assert (answer.status, answer.text) == (200, "[]")
    assert SourceState.objects.get().revision == 0


@pytest.mark.parametrize("named_by", ["id", "d", "header", "topic"])
def test_owntracks_names_the_device_in_the_address_a_header_or_its_topic(
    edge: Edge, van: Tracker, named_by: str
) -> None:
    device_id = van.source.device_id
    query = f"?u=jane&{named_by}={device_id}" if named_by in ("id", "d") else ""
    headers = {"X-Limit-U": "jane", "X-Limit-D": device_id} if named_by == "header" else {}
    body = owntracks_location(device_id if named_by == "topic" else "nobody")
    assert edge.post(f"/ingest/owntracks{query}", body, **headers).status == 200
    assert place() == (52.5, 13.4)


def test_owntracks_brings_a_key_as_its_password(edge: Edge, van: Tracker) -> None:
    key = set_ingest_key([van.source_id])
    body = owntracks_location(van.source.device_id)
    for credential, status in [(key, 200), (key[:-1], 403), ("", 403)]:
        basic = b64encode(f"jane:{credential}".encode()).decode()
        assert edge.post("/ingest/owntracks", body, Authorization=f"Basic {basic}").status == status
    assert edge.post("/ingest/owntracks", body, Authorization="Basic !").status == 403


@pytest.mark.api(82)
def test_a_batch_of_overland_is_stored_and_what_cannot_be_is_left_out(
    edge: Edge, alice: User, register: Callable[..., Tracker]
) -> None:
    good, other = register(alice), register(alice)
    batch = overland_batch(good.source.device_id, "nobody", other.source.device_id, "two words")
    batch["locations"][2]["geometry"]["coordinates"] = [13.4, 91]
    answer = edge.post("/ingest/overland", batch)
    assert (answer.status, answer.text) == (200, '{"result":"ok"}')
    assert dict(SourceState.objects.values_list("pk", "revision")) == {good.source_id: 1, other.source_id: 0}


@pytest.mark.parametrize("locations", [[], [{}], [{"properties": {"type": "trip"}}]])
def test_a_batch_of_overland_without_places_is_acknowledged(edge: Edge, van: Tracker, locations: list[Any]) -> None:
    answer = edge.post("/ingest/overland", {"locations": locations})
    assert (answer.status, answer.text) == (200, '{"result":"ok"}')


def test_a_batch_of_overland_of_which_nothing_may_be_stored_comes_again(edge: Edge, van: Tracker) -> None:
    assert edge.post("/ingest/overland", overland_batch("nobody", "someone")).status == 404
    set_blocked(van.source_id, is_blocked=True)
    assert edge.post("/ingest/overland", overland_batch(van.source.device_id)).status == 403
    assert edge.send("POST", "/ingest/overland", b"{").status == 400


def test_what_was_left_out_is_counted_by_way_and_name(edge: Edge, van: Tracker) -> None:
    device_id = van.source.device_id
    before = dict(left_out.counts)
    edge.get(f"/ingest/osmand?id={device_id}&{PLACE}&batt=-100&speed=fast")
    edge.post("/ingest/traccar", traccar_position(device_id, course=361))
    grown = {name: count - before.get(name, 0) for name, count in left_out.counts.items() if count != before.get(name)}
    assert grown == {("osmand", "batt"): 1, ("osmand", "speed"): 1, ("traccar", "position.course"): 1}
    assert [(one.way, sorted(one.names)) for one in left_out.latest(device_id)][:2] == [
        ("traccar", ["position.course"]),
        ("osmand", ["batt", "speed"]),
    ]


def test_what_is_kept_of_it_has_bounds() -> None:
    counts = LeftOutCounts()
    for number in range(2 * MAX_NAMES):
        counts.note("osmand", [Report("device", NOW, left_out=(f"name-{number}",))], NOW)
    assert len(counts.counts) == MAX_NAMES + 1
    assert counts.counts["osmand", OTHERS] == MAX_NAMES
    assert len(counts.latest()) == MAX_LATEST
