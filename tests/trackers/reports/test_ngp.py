"""The vendor's generic protocol: what a message means, and what is refused by the name of its member."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_values, odd_texts
from trackers.reports.ngp import parse_message, split_messages
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import MAX_ATTRIBUTES, MAX_TEXT_LENGTH

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
LOCATION = {
    "latitude": 52.5, "longitude": 13.4, "altitude": 34.6, "gnss_time": "2024-05-02T08:14:58Z", "fix_type": "FIX_3D",
    "satellites": 9, "hdop": 0.9, "vdop": 1.2, "pdop": 1.5, "speed": 43.5, "heading": 360, "source_type": "GNSS",
    "precision": 4.6,
}  # fmt: skip
# Every member that the specification lists.
MESSAGE = {
    "message_time": "2024-05-02T08:15:00Z", "device_id": "demo-1", "version": "1.2", "location": LOCATION,
    "event_id": 202,
    "mobile_cells": [{"mcc": 262, "mnc": 1, "lac": 2, "cell_id": 3, "rssi": -82, "type": "LTE"}],
    "wifi_points": [{"mac": "aa:bb:cc:dd:ee:ff", "rssi": -60, "age": 100, "channel": 6}],
    "is_moving": True, "hardware_mileage": 1234.5, "battery_voltage": 4.1, "board_voltage": 13.8, "battery_level": 87,
    "input_status": 5, "output_status": 256, "analog_1": 3.3, "temperature_2": -4.5, "humidity_16": 40,
    "fuel_level_1": 64.5, "fuel_temperature_1": 12, "impulse_counter_3": 77, "temperature_internal": 30,
    "humidity_internal": 20, "hardware_key": "0A1B", "vin": "WVW", "custom_door": {"open": True}, "analog_17": 1,
}  # fmt: skip


def parse(**members: Any) -> Report:
    least = {"message_time": "2024-05-02T08:15:00Z", "device_id": "demo-1"}
    return parse_message(json.dumps({**least, **members}).encode())


def parse_fix(**members: Any) -> Fix | None:
    return parse(location={**LOCATION, **members}).fix


@pytest.mark.api(74)
def test_a_message_needs_only_time_and_device() -> None:
    assert parse() == Report("demo-1", NOW)


def test_every_member_has_its_place() -> None:
    assert parse(**MESSAGE) == Report(
        "demo-1",
        NOW,
        fix=Fix(52.5, 13.4, 43.5, 360, 35, 9, 5, time=NOW - timedelta(seconds=2)),
        battery_percent=87,
        gsm_percent=50,
        inputs=(True, False, True, *[False] * 5),
        outputs=(*[False] * 8, True, *[False] * 7),
        is_moving=True,
        mileage_km=1234.5,
        hardware_key="0A1B",
        event_code=202,
        measurements={
            "battery_voltage": 4.1, "board_voltage": 13.8, "analog_1": 3.3, "ext_temp_sensor_2": -4.5,
            "humidity_16": 40, "lls_level_1": 64.5, "lls_temperature_1": 12, "impulse_counter_3": 77, "temp_sensor": 30,
            "humidity_internal": 20,
        },
        attributes={
            "vin": "WVW", "custom_door": {"open": True}, "analog_17": 1, "hdop": 0.9, "vdop": 1.2, "pdop": 1.5,
        },
    )  # fmt: skip


def test_type_and_id_name_custom_attributes() -> None:
    custom = [{"type": "weight", "value": 7, "units": "kg"}, {"type": "door", "id": 2, "value": "open"}]
    assert parse(custom_attributes=custom).attributes == {"weight": 7, "door_2": "open"}


@pytest.mark.parametrize("fix_type", ["NO_FIX", "LAST_KNOWN_POSITION"])
def test_a_position_without_a_fix_is_none(fix_type: str) -> None:
    assert parse_fix(fix_type=fix_type) is None


def test_a_location_without_coordinates_is_none() -> None:
    assert parse(location={"satellites": 0, "fix_type": "HAS_FIX"}).fix is None


@pytest.mark.api(74)
@pytest.mark.parametrize(
    ("source_type", "satellites", "is_enough"),
    [("GNSS", 2, False), ("GNSS", 3, True), ("ATLAS", 2, False), ("LBS", 0, True), (None, 2, False)],
)
def test_positions_without_cells_need_three_satellites(
    source_type: str | None, satellites: int, is_enough: bool
) -> None:
    fix = parse_fix(source_type=source_type, satellites=satellites)
    assert fix is not None
    assert (fix.is_valid, fix.is_cell_based) == (is_enough, source_type == "LBS")


def test_null_is_not_said() -> None:
    assert parse(**dict.fromkeys(MESSAGE.keys() - {"message_time", "device_id"})) == Report("demo-1", NOW)
    fix = parse_fix(**dict.fromkeys(LOCATION.keys() - {"latitude", "longitude"}))
    assert fix == Fix(52.5, 13.4)


@pytest.mark.api(74)
@pytest.mark.parametrize(
    ("members", "at_fault"),
    [
        ({"message_time": None}, "message_time"),
        ({"message_time": "2024-05-02T08:15:00"}, "message_time"),
        ({"message_time": "2024-05-02T08:15:00+02:00"}, "message_time"),
        ({"message_time": "soonZ"}, "message_time"),
        ({"message_time": "1969-12-31T23:59:59Z"}, "message_time"),
        ({"device_id": "two words"}, "device_id"),
        ({"device_id": "x" * 65}, "device_id"),
        ({"device_id": "nul\x00"}, "device_id"),
        ({"device_id": 7}, "device_id"),
        ({"event_id": 0}, "event_id"),
        ({"event_id": 2**31}, "event_id"),
        ({"battery_level": 101}, "battery_level"),
        ({"input_status": -1}, "input_status"),
        ({"output_status": 2**32}, "output_status"),
        ({"is_moving": "yes"}, "is_moving"),
        ({"hardware_mileage": -1}, "hardware_mileage"),
        ({"analog_1": "3.3"}, "analog_1"),
        ({"board_voltage": True}, "board_voltage"),
        ({"mobile_cells": [{"mcc": 262}]}, "mobile_cells[0].mnc"),
        ({"wifi_points": [{"mac": "aa"}]}, "wifi_points[0].rssi"),
        ({"custom_attributes": [{"type": "a"}]}, "custom_attributes[0].value"),
        ({"location": []}, "location"),
        ({"location": {"latitude": 1}}, "location.longitude"),
        ({"location": {"longitude": 1}}, "location.latitude"),
        ({"location": {**LOCATION, "latitude": 90.1}}, "location.latitude"),
        ({"location": {**LOCATION, "longitude": -180.1}}, "location.longitude"),
        ({"location": {**LOCATION, "altitude": 10_001}}, "location.altitude"),
        ({"location": {**LOCATION, "satellites": 65}}, "location.satellites"),
        ({"location": {**LOCATION, "speed": -1}}, "location.speed"),
        ({"location": {**LOCATION, "heading": 361}}, "location.heading"),
        ({"location": {**LOCATION, "fix_type": "GOOD"}}, "location.fix_type"),
        ({"location": {**LOCATION, "gnss_time": "soon"}}, "location.gnss_time"),
        ({f"a{number}": 1 for number in range(MAX_ATTRIBUTES + 1)}, "a0"),
        ({"deep": [[[[[[[[[1]]]]]]]]]}, "deep"),
    ],
)
def test_a_bad_value_is_refused_naming_member(members: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse(**members)
    assert raised.value.field_name == at_fault


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"NaN", b'{"a": 1e999}', b'"\\ud800"', b"[" * 10_000, b'{"a":' * 10_000, b"9" * 5_000]
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError) as raised:
        parse_message(body)
    assert raised.value.field_name == "body"


def test_too_long_texts_and_documents_are_dropped() -> None:
    long = "x" * (MAX_TEXT_LENGTH + 1)
    assert parse(blob=long, parts=[long], named={long: 1}, number=9**999, note="kept").attributes == {
        "number": 9**999,
        "note": "kept",
    }


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"{}", None),
        (b"", None),
        (b'{"a": "}\\n{"}', None),
        (b'{"a":\n{"b": 1}\n}', None),
        (b"[]", 0),
        (b' [{}, {"a": 1}, 3]\n', 3),
        (b'{"a": 1}\n{"a": 2}\n', 2),
        (b'{"a": 1}\r\n\r\n{"a": 2}', 2),
        (b'{"a": 1}\nnonsense\n{}\n{}', 4),
    ],
)
def test_an_array_and_lines_are_several_messages(body: bytes, count: int | None) -> None:
    messages = split_messages(body)
    assert (None if messages is None else len(messages)) == count


@pytest.mark.parametrize("body", [b"[", b"[1,]", b"[1] 2", b"[[" * 5_000])
def test_an_array_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(ReportError):
        split_messages(body)


moment_texts = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | odd_texts
members = st.dictionaries(st.sampled_from(sorted(MESSAGE)) | st.text(max_size=5), json_values(), max_size=6)
locations = st.dictionaries(st.sampled_from(sorted(LOCATION)), json_values(), max_size=6)
messages = json_values() | st.builds(
    lambda time, rest, location: {**MESSAGE, "message_time": time, **rest, "location": {**LOCATION, **location}},
    st.just("2024-05-02T08:15:00Z") | moment_texts,
    members,
    locations,
)
bodies = messages.map(lambda message: json.dumps(message).encode(errors="replace")) | st.binary(max_size=40)


@given(bodies)
def test_any_body_is_report_or_report_error(body: bytes) -> None:
    try:
        report = parse_message(body)
    except ReportError as error:
        assert error.field_name and error.reason
    else:
        assert 1 <= len(report.device_id) <= 64
        assert report.time.utcoffset() == timedelta()


@given(st.lists(bodies, max_size=3), st.sampled_from([b"\n", b",", b"\r\n"]), st.booleans())
def test_any_batch_is_split_or_refused(parts: list[bytes], between: bytes, is_array: bool) -> None:
    body = between.join(parts)
    try:
        found = split_messages(b"[" + body + b"]" if is_array else body)
    except ReportError as error:
        assert error.field_name == "body"
    else:
        assert found is None or len(found) <= len(body) + 1
