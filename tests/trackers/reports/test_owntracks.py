"""The OwnTracks app: which of its messages are reports, and what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_values
from trackers.reports.owntracks import device_of_topic, parse_message
from trackers.reports.report import Fix, Report, ReportError

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
# As the apps write it, with what is ignored.
LOCATION = {
    "_type": "location", "_id": "600061cf", "acc": 12, "alt": 35, "batt": 80, "bs": 1, "cog": 90, "conn": "w",
    "created_at": 1714637701, "lat": 52.5, "lon": 13.4, "m": 1, "t": "u", "tid": "ph", "topic": "owntracks/jane/phone",
    "tst": 1714637700, "vac": 4, "vel": 36, "inregions": ["Home"], "inrids": ["62667d"],
}  # fmt: skip
FIX = Fix(52.5, 13.4, 36, 90, 35, precision_m=12)


def parse(device_id: str = "", **members: Any) -> Report:
    report = parse_message(json.dumps({**LOCATION, **members}).encode(), device_id, now=NOW)
    assert report is not None
    return report


def test_every_member_of_a_location_has_its_place() -> None:
    more = {"ign": True, "motion": False, "odometer": 1200.5, "uext": 13.8, "ubatt": 4.1}
    assert parse(**more) == Report(
        "phone",
        NOW,
        fix=FIX,
        battery_percent=80,
        ignition=True,
        is_moving=False,
        mileage_km=1200.5,
        measurements={"board_voltage": 13.8, "battery_voltage": 4.1},
        attributes={"charge": False, "conn": "w", "m": 1, "t": "u", "vac": 4},
    )


@pytest.mark.parametrize(
    ("device_id", "topic", "tid", "expected"),
    [
        ("van-7", "owntracks/jane/phone", "ph", "van-7"),
        ("", "owntracks/jane/phone", "ph", "phone"),
        ("", "owntracks/jane/phone/event", "ph", "phone"),
        ("", "/owntracks/jane/phone", "ph", "phone"),
        ("", None, "ph", "ph"),
        ("", "", 7, "7"),
        (" van-7\n", None, None, "van-7"),
    ],
)
def test_the_device_is_named_by_the_address_the_topic_or_its_own_id(
    device_id: str, topic: str | None, tid: Any, expected: str
) -> None:
    assert parse(device_id, topic=topic, tid=tid).device_id == expected


def test_a_topic_names_the_device_in_its_third_part() -> None:
    assert [device_of_topic(topic) for topic in ("owntracks/u/d", "owntracks/u/d/cmd", "d")] == ["d", "d", "d"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b'{"_type": "lwt", "tst": 1}',
        b'{"_type": "waypoint", "lat": 1, "lon": 2, "tst": 1714637700}',
        b'{"_type": "transition", "lat": 1, "lon": 2, "event": "enter"}',
        b'{"_type": "status", "iOS": {}}',
        b'{"_type": "encrypted", "data": "c2VjcmV0"}',
        b'{"_type": ["location"]}',
        b"{}",
    ],
)
def test_what_is_no_location_is_no_report(body: bytes) -> None:
    assert parse_message(body, "phone", now=NOW) is None


@pytest.mark.parametrize(
    ("member", "value", "part"),
    [
        ("batt", -100, "battery_percent"),
        ("batt", 101, "battery_percent"),
        ("vel", -3, "speed_kmh"),
        ("vel", "fast", "speed_kmh"),
        ("cog", 360.4, "heading_degrees"),
        ("acc", -5, "precision_m"),
        ("alt", [], "altitude_m"),
        ("ign", "maybe", "ignition"),
        ("odometer", {}, "mileage_km"),
    ],
)
def test_what_cannot_be_right_is_unknown_and_named_and_the_rest_stays(member: str, value: Any, part: str) -> None:
    report = parse(**{member: value})
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)
    assert getattr(report.fix if hasattr(report.fix, part) else report, part) is None
    assert report.left_out == (member,)


@pytest.mark.parametrize("member", ["batt", "vel", "cog", "acc"])
def test_minus_one_and_null_say_that_it_is_not_known(member: str) -> None:
    for unknown in (-1, None):
        assert parse(**{member: unknown}).left_out == ()


@pytest.mark.parametrize("told", [1714637700, "1714637700", 1714637700.0, 1714637700000, None])
def test_the_time_may_be_a_number_or_text_and_may_be_missing(told: Any) -> None:
    assert parse(tst=told).time == NOW


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"lat": 91}, "lat"),
        ({"lon": None}, "lon"),
        ({"lat": "north"}, "lat"),
        ({"tst": "soon"}, "tst"),
        ({"topic": None, "tid": None}, "tid"),
        ({"topic": "owntracks/jane/two words"}, "tid"),
    ],
)
def test_a_device_place_or_time_that_cannot_be_is_refused(members: dict[str, Any], field: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse(**members)
    assert raised.value.field_name == field


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'"location"'])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError):
        parse_message(body, "phone", now=NOW)


side_members = st.sampled_from(sorted({*LOCATION, "ign", "uext", "x"} - {"_type", "lat", "lon", "tst"}))


@given(st.dictionaries(side_members, json_values()))
def test_nothing_beside_device_place_and_time_costs_a_report(members: dict[str, Any]) -> None:
    report = parse("phone", **members)
    assert (report.device_id, report.time) == ("phone", NOW)
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)
