"""Refused reports: what is noted of them, written a little later, and kept within bounds."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTProtocolVersion

from accounts.models import User
from tests.trackers.bodies import ngp_message
from tests.trackers.edges import Edge, edge_named, without_database
from trackers.intake import refusals as intake
from trackers.intake.batching import current_batcher
from trackers.intake.mqtt import Broker, Intake
from trackers.intake.refusals import MAX_NOTED, RefusalNotes, Writer, current_writer, refusals
from trackers.models import RefusedReport, Tracker
from trackers.reports.refusal import MAX_TEXT, Refused, named_device, refusal_of
from trackers.reports.requests import IngestRequest
from trackers.services.refusals import store_refused
from trackers.services.trackers import set_blocked, set_ingest_key
from trackers.storage.refusals import MAX_PER_ADDRESS, MAX_PER_WAY

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
PLACE = "lat=52.123456&lon=13.654321"


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nor is anything written but when a test says so."""
    monkeypatch.setattr(intake, "FLUSH_INTERVAL_S", 3600.0)
    refusals.take()
    yield
    refusals.take()


@pytest.fixture(params=["view", "application"])
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    with edge_named(request.param) as edge:
        yield edge


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def noted() -> list[tuple[str, str, str, str, int]]:
    return [
        (one.refusal.way, one.refusal.address, one.refusal.device_id, one.refusal.reason, one.count)
        for one in refusals.take()
    ]


def refused(number: int, *, way: str = "osmand", address: str = "192.0.2.1", count: int = 1) -> Refused:
    refusal = refusal_of(way, address, f"device {number}", "unknown device")
    return Refused(refusal, NOW + timedelta(seconds=number), count)


def write() -> None:
    async def close() -> None:
        await current_writer().close()

    asyncio.run(close())


@pytest.mark.django_db(transaction=True)
def test_each_kind_of_refusal_is_noted_with_its_reason(edge: Edge, van: Tracker) -> None:
    edge.get(f"/ingest/osmand?id=nobody&{PLACE}")
    edge.get(f"/ingest/osmand?id=nobody&{PLACE}")
    edge.get("/ingest/osmand?id=lost&lat=99&lon=13")
    edge.post("/ingest/ngp", ngp_message("stranger"))
    edge.send("POST", "/ingest/osmand", b"x" * 70_000, "text/plain")
    set_blocked(van.source_id, is_blocked=True)
    edge.get(f"/ingest/osmand?id={van.source.device_id}&{PLACE}")
    set_blocked(van.source_id, is_blocked=False)
    set_ingest_key([van.source_id])
    edge.get(f"/ingest/osmand?id={van.source.device_id}&key=secret-key&{PLACE}")
    edge.get(f"/ingest/osmand?id={van.source.device_id}&{PLACE}")
    here = "127.0.0.1"
    assert noted() == [
        ("osmand", here, "nobody", "unknown device", 2),
        ("osmand", here, "lost", "lat: must be from -90 to 90", 1),
        ("ngp", here, "stranger", "unknown device", 1),
        ("osmand", here, "", "more than 65536 bytes", 1),
        ("osmand", here, van.source.device_id, "blocked", 1),
        ("osmand", here, van.source.device_id, "wrong ingest key", 1),
        ("osmand", here, van.source.device_id, "ingest key missing", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_what_is_stored_is_not_noted(edge: Edge, van: Tracker) -> None:
    edge.get(f"/ingest/osmand?id={van.source.device_id}&{PLACE}")
    assert noted() == []


@pytest.mark.django_db(transaction=True)
@override_settings(INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS=1)
def test_a_flood_is_one_refusal(edge: Edge) -> None:
    heard = [edge.get(f"/ingest/osmand?id=flood-{number}&{PLACE}").status for number in range(40)]
    floods = [one for one in noted() if one[3] == "too many requests from this address"]
    assert floods == [("osmand", "127.0.0.1", "", "too many requests from this address", heard.count(429))]
    assert heard.count(429) > 0


@pytest.mark.django_db(transaction=True)
def test_messages_of_mqtt_are_noted_without_their_keys() -> None:
    async def refuse(topic: str, device_id: str) -> str | None:
        broker = Broker("mqtt://127.0.0.1:1", MQTTProtocolVersion.MQTTv5, "test")
        message = MQTTMessage(topic=topic.encode())
        message.payload = json.dumps(ngp_message(device_id)).encode()
        try:
            return await Intake(broker, max_bytes=10_000)._store(message)
        finally:
            await current_batcher().close()

    assert asyncio.run(refuse("ngp/stranger/secret-key", "stranger")) == "unknown device"
    assert asyncio.run(refuse("ngp/van-1/secret-key", "van-2")) == "device_id: is another one than in the topic"
    assert noted() == [
        ("ngp", "broker", "stranger", "unknown device", 1),
        ("ngp", "broker", "van-1", "device_id: is another one than in the topic", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_rows_hold_neither_positions_nor_keys() -> None:
    with edge_named("application") as edge:
        edge.get(f"/ingest/osmand?id=nobody&key=secret-key&{PLACE}&speed=77.5")
    write()
    (row,) = RefusedReport.objects.values()
    assert {name: value for name, value in row.items() if name not in ("id", "time")} == {
        "way": "osmand",
        "address": "127.0.0.1",
        "device_id": "nobody",
        "reason": "unknown device",
        "count": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_what_is_noted_is_written_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    async def note_and_wait() -> None:
        writer = Writer()
        writer.start()
        assert not writer._tasks
        refusals.note(refused(1).refusal, NOW)
        writer.start()
        writer.start()
        refusals.note(refused(2).refusal, NOW)
        assert len(writer._tasks) == 1
        await writer._tasks.finish()

    monkeypatch.setattr(intake, "FLUSH_INTERVAL_S", 0.0)
    asyncio.run(note_and_wait())
    assert {row.device_id for row in RefusedReport.objects.all()} == {"device 1", "device 2"}


@pytest.mark.django_db
def test_what_comes_again_is_counted_in_its_row() -> None:
    store_refused([refused(1, count=3), refused(2)])
    later = Refused(refused(1).refusal, NOW + timedelta(hours=1), 4)
    store_refused([later])
    assert list(RefusedReport.objects.values_list("device_id", "count", "time")) == [
        ("device 1", 7, later.time),
        ("device 2", 1, NOW + timedelta(seconds=2)),
    ]


@pytest.mark.django_db
def test_newest_rows_stay_and_no_address_takes_all() -> None:
    others = [refused(number, address=f"192.0.2.{number}") for number in range(100)]
    store_refused([*others, *(refused(number, way="ngp") for number in range(3))])
    for start in range(1000, 2000, 100):
        store_refused([refused(start + number, address="198.51.100.7") for number in range(100)])
    flooder = RefusedReport.objects.filter(address="198.51.100.7").values_list("device_id", flat=True)
    assert list(flooder) == [f"device {number}" for number in range(1999, 1999 - MAX_PER_ADDRESS, -1)]
    assert RefusedReport.objects.filter(way="osmand").count() == 100 + MAX_PER_ADDRESS
    assert RefusedReport.objects.filter(way="ngp").count() == 3
    store_refused([refused(3000 + number, address=f"203.0.113.{number}") for number in range(MAX_PER_WAY)])
    assert set(RefusedReport.objects.filter(way="osmand").values_list("address", flat=True)) == {
        f"203.0.113.{number}" for number in range(MAX_PER_WAY)
    }


def test_memory_has_bounds_in_all_and_for_each_address() -> None:
    notes = RefusalNotes()
    for number in range(2 * MAX_PER_ADDRESS):
        notes.note(refused(number).refusal, NOW)
    assert len(notes) == MAX_PER_ADDRESS
    for number in range(2 * MAX_NOTED):
        notes.note(refused(number, address=f"2001:db8:{number:x}::/64").refusal, NOW)
    assert len(notes) == MAX_NOTED
    notes.note(refused(0).refusal, NOW)
    assert (notes.take()[0].count, len(notes)) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_database_that_is_away_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def write_three_times() -> None:
        for number in range(3):
            refusals.note(refused(number).refusal, NOW)
            await current_writer().close()

    with without_database(), caplog.at_level(logging.WARNING):
        asyncio.run(write_three_times())
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("refused reports could not be noted: OperationalError")
    assert (len(refusals), RefusedReport.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_what_a_stranger_wrote_is_escaped_and_cut() -> None:
    refusal = refusal_of("osmand", "192.0.2.1", "a\x00\u202e\ud800" + "x" * 10_000, "unknown device\n")
    assert refusal.device_id.startswith(r"a\x00\u202e\ud800xx")
    assert (len(refusal.device_id), refusal.reason) == (MAX_TEXT, "unknown device")
    store_refused([Refused(refusal, NOW, 1)])
    assert RefusedReport.objects.get().device_id == refusal.device_id


@pytest.mark.parametrize(
    ("query", "body", "device_id"),
    [
        ("id=van&lat=1", b"", "van"),
        ("deviceid=van", b"", "van"),
        ("", b"id=van&lat=1", "van"),
        ("", b'{"device_id": "van", "location": {"latitude": 99}}', "van"),
        ("", b'{"device_id": 123}', "123"),
        ("", b'{"device": {"uniqueId": "van"}}', "van"),
        ("", b'{"device": ["van"]}', ""),
        ("", b'{"device_id": {"a": 1}}', ""),
        ("", b'{"device_id": ', ""),
        ("", b"\xff\xfe", ""),
        ("lat=1", b"", ""),
        ("", b"id=van&" + b"x" * 70_000, ""),
    ],
)
def test_device_is_found_where_devices_name_themselves(query: str, body: bytes, device_id: str) -> None:
    assert named_device(IngestRequest("POST", query, "", "", body)) == device_id


@pytest.mark.django_db
def test_refusals_noted_by_a_clock_that_was_ahead_crowd_out_none() -> None:
    def refused(number: int, time: datetime) -> Refused:
        return Refused(refusal_of("ngp", f"192.0.2.{number % 250}", f"device-{number}", "unknown device"), time, 1)

    store_refused([refused(number, NOW + timedelta(days=1)) for number in range(MAX_PER_WAY)])
    store_refused([refused(MAX_PER_WAY, NOW)])
    kept = set(RefusedReport.objects.values_list("device_id", flat=True))
    assert f"device-{MAX_PER_WAY}" in kept
    assert RefusedReport.objects.filter(time__gt=NOW).count() == 0
