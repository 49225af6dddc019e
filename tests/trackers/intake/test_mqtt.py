"""Messages of MQTT: whose they are, and which are reports."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from paho.mqtt.client import MQTTMessage

from tests.trackers.bodies import ngp_message, owntracks_location
from trackers.intake.mqtt import read_message, topic_filters
from trackers.rendering.pairing import APPS, Pairing
from trackers.reports.report import Report, ReportError

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)


def read(topic: str, payload: bytes) -> tuple[Report | None, str | None]:
    message = MQTTMessage(topic=topic.encode())
    message.payload = payload
    return read_message(message, max_bytes=1000, now=NOW)


def test_messages_are_shared_under_a_name() -> None:
    assert topic_filters(("ngp", "owntracks"), "") == ["ngp/#", "owntracks/#"]
    assert topic_filters(("ngp", "owntracks"), "fleet") == ["$share/fleet/ngp/#", "$share/fleet/owntracks/#"]


@pytest.mark.parametrize(("topic", "key"), [("ngp/van-7", None), ("ngp/van-7/secret", "secret")])
def test_the_topic_of_the_generic_protocol_names_device_and_key(topic: str, key: str | None) -> None:
    report, brought = read(topic, json.dumps(ngp_message("van-7")).encode())
    assert report is not None and (report.device_id, brought) == ("van-7", key)


def test_the_topic_of_owntracks_names_the_device_whatever_the_message_says() -> None:
    report, key = read("owntracks/jane/van-7", json.dumps(owntracks_location("another", batt=-100)).encode())
    assert report is not None
    assert (report.device_id, report.time, report.left_out, key) == ("van-7", NOW, ("batt",), None)


def test_owntracks_set_up_by_the_pairing_sheet_names_the_device() -> None:
    fields = dict(APPS["owntracks_mqtt"].entries(Pairing("https://HOST", "van-7", "KEY")))
    report, key = read(f"owntracks/jane/{fields['Device ID']}", json.dumps(owntracks_location("another")).encode())
    assert report is not None and (report.device_id, key) == ("van-7", None)


@pytest.mark.parametrize("payload", [b"", b'{"_type": "lwt", "tst": 1}', b'{"_type": "encrypted", "data": "x"}'])
def test_what_owntracks_says_beside_places_is_no_report(payload: bytes) -> None:
    assert read("owntracks/jane/van-7", payload) == (None, None)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("ngp/other", json.dumps(ngp_message("van-7")).encode()),
        ("ngp", json.dumps(ngp_message("van-7")).encode()),
        ("ngp/van-7", b"{"),
        ("owntracks/jane/van-7", b"{"),
        ("owntracks/jane/two words", json.dumps(owntracks_location("van-7")).encode()),
        ("ngp/van-7", b" " * 1001),
    ],
)
def test_what_is_nobodys_message_is_refused(topic: str, payload: bytes) -> None:
    with pytest.raises(ReportError):
        read(topic, payload)
