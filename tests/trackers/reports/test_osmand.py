"""OsmAnd's query form and its JSON form: what they mean, and what is refused by the name of its field."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.strategies import json_values, odd_texts
from trackers.reports.osmand import parse_location, parse_query, split_json
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.values import MAX_ATTRIBUTES, MAX_NAME_LENGTH, MAX_TEXT_LENGTH

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
PLACE = {"lat": "52.5", "lon": "13.4"}


def parse(**fields: str) -> Report:
    return parse_query({"id": "demo-1", **fields}, now=NOW)


def parse_places(body: bytes) -> list[Report]:
    found = split_json(body)
    return [parse_location(item, found.device_id, now=NOW) for item in found.items]


def parse_json(body: bytes) -> Report:
    (report,) = parse_places(body)
    return report


def parse_fix(**fields: str) -> Fix | None:
    return parse(**PLACE, **fields).fix


def test_the_least_report_is_an_id() -> None:
    assert parse() == Report("demo-1", NOW)


@pytest.mark.parametrize("fields", [PLACE, {"location": "52.5,13.4"}, {"location": " 52.5 , 13.4 ", "lat": "1"}])
def test_one_or_two_fields_hold_a_position(fields: dict[str, str]) -> None:
    assert parse(**fields).fix == Fix(latitude=52.5, longitude=13.4, has_assumed_unit=True)


@pytest.mark.api(75)
@pytest.mark.parametrize(("knots", "kmh"), [("10", 18.52), ("0", 0), ("0.5", 0.926), ("1e1", 18.52)])
def test_speed_comes_in_knots(knots: str, kmh: float) -> None:
    fix = parse_fix(speed=knots)
    assert fix is not None and fix.speed_kmh == pytest.approx(kmh) and fix.has_assumed_unit


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"bearing": "359.6"}, "heading_degrees", 360),
        ({"heading": "90"}, "heading_degrees", 90),
        ({"bearing": "10", "heading": "90"}, "heading_degrees", 10),
        ({"altitude": "-3.5"}, "altitude_m", -3),
        ({"accuracy": "12.5"}, "precision_m", 13),
        ({"accuracy": "0"}, "precision_m", None),
        ({"sat": "7"}, "satellites", 7),
        ({"speed": ""}, "speed_kmh", None),
    ],
)
def test_a_fix_takes_what_the_device_knows(fields: dict[str, str], name: str, value: Any) -> None:
    assert getattr(parse_fix(**fields), name) == value


@pytest.mark.api(75)
@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"batt": "49.5"}, "battery_percent", 50),
        ({"batt": "0"}, "battery_percent", 0),
        ({"batt": ""}, "battery_percent", None),
        ({"ignition": "TRUE"}, "ignition", True),
        ({"ignition": "0"}, "ignition", False),
        ({"hdop": "0.9", "charge": "true"}, "attributes", {"hdop": 0.9, "charge": True}),
        ({"alarm": "sos", "nan": "nan", "empty": "", "key": "secret"}, "attributes", {"alarm": "sos", "nan": "nan"}),
        ({"driverUniqueId": "007"}, "hardware_key", "007"),
        ({"cell": "262,1,2,3", "wifi": "aa-bb,-60", "notificationToken": "t"}, "attributes", {}),
        ({"cell": "262,1,2,3,-82"}, "gsm_percent", 50),
        ({"cell": "262,1,2,3"}, "gsm_percent", None),
    ],
)
def test_other_fields_have_their_place(fields: dict[str, str], name: str, value: Any) -> None:
    assert getattr(parse(**fields), name) == value


@pytest.mark.parametrize(
    ("valid", "has_fix"),
    [
        ("", True),
        ("true", True),
        ("1", True),
        ("yes", True),
        ("A", True),
        ("2", True),
        ("false", False),
        ("0", False),
        ("no", False),
        ("V", False),
    ],
)
def test_a_position_called_invalid_is_none(valid: str, has_fix: bool) -> None:
    assert (parse_fix(valid=valid) is not None) is has_fix


@pytest.mark.parametrize("name", ["id", "deviceid"])
def test_the_device_is_named_in_either_field(name: str) -> None:
    assert parse_query({name: "demo-1"}, now=NOW).device_id == "demo-1"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", NOW),
        ("1714637700", NOW),
        ("1714637700000", NOW),
        ("1714637700250", NOW + timedelta(milliseconds=250)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2147483646", datetime(2038, 1, 19, 3, 14, 6, tzinfo=UTC)),
        ("2147483647", datetime(1970, 1, 25, 20, 31, 23, 647000, tzinfo=UTC)),
        ("2024-05-02T08:15:00Z", NOW),
        ("2024-05-02T10:15:00+02:00", NOW),
        ("2024-05-02T08:15:00.000Z", NOW),
        ("2024-05-02 08:15:00", NOW),
        # Each of these can mean one moment only.
        ("1714637700.0", NOW),
        ("1714637700.25", NOW + timedelta(milliseconds=250)),
        ("1714637700000.0", NOW),
        ("1714637700000000", NOW),
        ("1714637700000000000", NOW),
        ("1.7146377e9", NOW),
        ("1.7146377E12", NOW),
        ("1.714637700e 09", NOW),
        ("1.714637700e+09", NOW),
        (" 1714637700 ", NOW),
        ("2024-05-02T10:15:00 02:00", NOW),
        ("2024-05-02T10:15:00.000 0200", NOW),
        ("2024-05-02 13:45:00 05:30", NOW),
        ("2024-05-02T08:15:00+0000", NOW),
        ("2024-05-02T08:15:00.000000000Z", NOW),
        ("2024-05-02 08:15:00 UTC", NOW),
        ("2024-05-02 08:15:00 GMT", NOW),
        ("2024/05/02 08:15:00", NOW),
        ("2024-5-2 8:15:0", NOW),
        ("2024/5/2 8:15", NOW),
        ("2024-05-02T08:15:0.25Z", NOW + timedelta(milliseconds=250)),
        ("2024-05-02T08:15:00,250Z", NOW + timedelta(milliseconds=250)),
        ("20240502T081500Z", NOW),
        ("٢٠٢٤", datetime(1970, 1, 1, 0, 33, 44, tzinfo=UTC)),
    ],
)
def test_time_comes_in_seconds_milliseconds_or_text(text: str, moment: datetime) -> None:
    time = parse(timestamp=text).time
    assert (time, time.utcoffset()) == (moment, timedelta())


BAD_NUMBERS = ["abc", "nan", "inf", "-inf", "1e999", "1,5", "0x10", "\x00", "--1", "1 2"]


@pytest.mark.parametrize(
    ("field", "texts"),
    [
        ("lat", [*BAD_NUMBERS, "90.1", "-90.1"]),
        ("lon", [*BAD_NUMBERS, "180.1", "-180.1"]),
        ("id", ["x" * 65, "two words", "nul\x00", "a~1", "é", "\ud800", "a;b", "a@b", "a?b", "<b>"]),
        ("timestamp", ["now", "-", "--5", "2024-13-01T00:00:00Z", "9" * 30, "9" * 5000, "nan", "inf", "\x00"]),
        ("timestamp", ["-1", "-62135596800", "0001-01-01T00:00:00Z", "1969-12-31 23:59:59"]),
        ("timestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
    ],
)
def test_a_bad_value_is_refused_naming_field(field: str, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ReportError) as raised:
            parse_query({"id": "demo-1", **PLACE, field: text}, now=NOW)
        assert raised.value.field_name == field
        assert str(raised.value) == f"{field}: {raised.value.reason}"


@pytest.mark.parametrize(
    ("field", "texts", "part"),
    [
        ("speed", [*BAD_NUMBERS, "-5", "10001"], "speed_kmh"),
        ("bearing", [*BAD_NUMBERS, "-5", "360.4", "361"], "heading_degrees"),
        ("altitude", [*BAD_NUMBERS, "1e6", "-32768"], "altitude_m"),
        ("accuracy", [*BAD_NUMBERS, "-5", "1e9"], "precision_m"),
        ("sat", [*BAD_NUMBERS, "-5", "256", "11/14"], "satellites"),
        ("batt", [*BAD_NUMBERS, "-100.0", "101", "43628.0", "null", "87%"], "battery_percent"),
        ("ignition", ["2", "-2", "unknown", "ACC", "\x00"], "ignition"),
        ("cell", [",,,,x", ",,,,5", "234,10,1234,56789,unknown", ",,,,-32768"], "gsm_percent"),
        ("valid", ["2", "\x00", "maybe"], None),
    ],
)
def test_what_cannot_be_right_is_unknown_and_named_and_the_rest_stays(
    field: str, texts: list[str], part: str | None
) -> None:
    whole = {**PLACE, "speed": "10", "bearing": "90", "altitude": "30", "accuracy": "5", "sat": "9", "batt": "50"}
    known = parse(**{name: text for name, text in whole.items() if name != field})
    assert known.fix is not None
    for text in texts:
        report = parse(**{**whole, field: text})
        assert replace(report, left_out=()) == known, text
        assert report.left_out == (field,), text
        assert part is None or getattr(report.fix if hasattr(report.fix, part) else report, part) is None


@pytest.mark.parametrize("field", ["speed", "bearing", "heading", "accuracy", "batt", "sat"])
@pytest.mark.parametrize("text", ["-1", "-1.0", ""])
def test_minus_one_is_how_a_phone_says_that_it_does_not_know(field: str, text: str) -> None:
    report = parse(**PLACE, **{field: text})
    assert (report, report.left_out) == (parse(**PLACE), ())


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("ON", True),
        ("on", True),
        ("Yes", True),
        ("1", True),
        ("true", True),
        ("OFF", False),
        ("no", False),
        ("F", False),
    ],
)
def test_a_flag_may_be_in_other_words(text: str, flag: bool) -> None:
    report = parse(ignition=text)
    assert (report.ignition, report.left_out) == (flag, ())


@pytest.mark.parametrize(
    ("fields", "left_out"), [({"lat": "NaN", "lon": "NaN"}, ("lat",)), ({"lat": "", "lon": ""}, ()), ({}, ())]
)
def test_without_a_place_a_report_is_what_else_it_says(fields: dict[str, str], left_out: tuple[str, ...]) -> None:
    report = parse(**fields, batt="50")
    assert (report.fix, report.battery_percent, report.left_out) == (None, 50, left_out)


def test_names_of_fields_may_have_spaces_around_them() -> None:
    fields = {"lat": "50.2", " lon": "14.5", "speed ": "13.9", " bearing": "45.0", "id": "demo-1", "trip": "Test 2"}
    report = parse_query(fields, now=NOW)
    assert report.fix is not None
    assert (report.fix.heading_degrees, round(report.fix.speed_kmh or 0), report.attributes) == (
        45,
        26,
        {"trip": "Test 2"},
    )


@pytest.mark.parametrize(
    ("text", "device_id"),
    [
        (" demo-1 ", "demo-1"),
        ("demo-1\r\n", "demo-1"),
        ("\tdemo-1", "demo-1"),
        ("862117000000001", "862117000000001"),
        ("0123", "0123"),
        ("van_7.north", "van_7.north"),
        ("00:1A:7D:DA:71:13", "00:1A:7D:DA:71:13"),
        ("owntracks/jane/phone", "owntracks/jane/phone"),
    ],
)
def test_an_id_has_no_spaces_around_it_and_may_have_some_signs(text: str, device_id: str) -> None:
    assert parse_query({"id": text}, now=NOW).device_id == device_id
    document = {"device_id": text, "location": {}}
    assert parse_json(json.dumps(document).encode()).device_id == device_id


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, "id"),
        ({"id": "", "deviceid": ""}, "id"),
        ({"id": "d", "lat": "1"}, "lon"),
        ({"id": "d", "lon": "1"}, "lat"),
        ({"id": "d", "location": "1"}, "location"),
        ({"id": "d", "location": "1,"}, "lon"),
        ({"id": "d", "location": ",1"}, "lat"),
    ],
)
def test_what_is_missing_is_named(fields: dict[str, str], missing: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse_query(fields, now=NOW)
    assert raised.value.field_name == missing


def test_attribute_number_and_name_length_are_limited() -> None:
    many = {f"a{number}": str(number) for number in range(MAX_ATTRIBUTES)}
    assert parse(**many).attributes == {name: float(text) for name, text in many.items()}
    more = parse(**many, **{"one-more": "1", "n" * (MAX_NAME_LENGTH + 1): "1"})
    assert more.attributes == parse(**many).attributes
    assert more.left_out == ("one-more", "n" * MAX_NAME_LENGTH)


def test_a_too_long_text_is_dropped() -> None:
    report = parse(long="x" * (MAX_TEXT_LENGTH + 1), short="y")
    assert (report.attributes, report.left_out) == ({"short": "y"}, ("long",))


NAMES = ["id", "deviceid", "timestamp", "lat", "lon", "location", "valid", "speed", "bearing", "batt", "sat", "hdop"]
texts = st.text(max_size=12) | odd_texts | st.floats().map(str) | st.integers().map(str) | st.datetimes().map(str)
queries = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), texts) | st.fixed_dictionaries(
    {"id": st.just("demo-1")}, optional=dict.fromkeys(NAMES[2:], texts)
)


@given(queries)
def test_any_query_is_report_or_report_error(fields: dict[str, str]) -> None:
    try:
        report = parse_query(fields, now=NOW)
    except ReportError as error:
        assert error.field_name and error.reason
    else:
        assert 1 <= len(report.device_id) <= 64
        assert report.time.utcoffset() == timedelta()


# As Traccar Client sends it, with what is ignored.
COORDS = {
    "latitude": 52.5, "longitude": 13.4, "altitude": 34.6, "accuracy": 12.4, "speed": 10, "heading": 89.6,
    "altitude_accuracy": 3, "speed_accuracy": 1, "heading_accuracy": 5, "ellipsoidal_altitude": 80,
}  # fmt: skip
LOCATION = {
    "timestamp": "2024-05-02T08:15:00.250Z", "coords": COORDS, "is_moving": True, "odometer": 12345,
    "event": "motionchange",
    "battery": {"level": 0.5, "is_charging": False}, "activity": {"type": "in_vehicle", "confidence": 100},
    "extras": {"trip": 7, "tags": ["x"]}, "mock": False, "uuid": "4a1b-77", "age": 120, "_": "&id=demo-1",
}  # fmt: skip


def parse_document(location: dict[str, Any], **members: Any) -> Report:
    return parse_json(json.dumps({"device_id": "demo-1", "location": location, **members}).encode())


@pytest.mark.api(76)
def test_a_phones_json_comes_in_our_units() -> None:
    assert parse_document(LOCATION) == Report(
        "demo-1",
        NOW + timedelta(milliseconds=250),
        fix=Fix(52.5, 13.4, speed_kmh=36, heading_degrees=90, altitude_m=35, precision_m=12),
        battery_percent=50,
        is_moving=True,
        mileage_km=12.345,
        attributes={"trip": 7, "event": "motionchange", "mock": False, "activity": "in_vehicle", "charge": False},
    )


@pytest.mark.api(76)
@pytest.mark.parametrize(
    ("name", "number", "field", "value"),
    [
        ("speed", -1, "speed_kmh", None),
        ("speed", 0, "speed_kmh", 0),
        ("heading", -1, "heading_degrees", None),
        ("accuracy", -1, "precision_m", None),
        ("accuracy", 0, "precision_m", None),
        ("altitude", -3.6, "altitude_m", -4),
        ("altitude", None, "altitude_m", None),
    ],
)
def test_a_phones_negative_number_means_unknown(name: str, number: Any, field: str, value: Any) -> None:
    fix = parse_document({**LOCATION, "coords": {**COORDS, name: number}}).fix
    assert getattr(fix, field) == value


@pytest.mark.parametrize(("level", "percent"), [(0.5, 50), (1, 100), (0, 0), (-1, None), (None, None), (0.005, 1)])
@pytest.mark.api(76)
def test_a_battery_is_full_at_one(level: float | None, percent: int | None) -> None:
    assert parse_document({**LOCATION, "battery": {"level": level}}).battery_percent == percent


def test_without_coordinates_a_report_has_no_fix() -> None:
    assert parse_document({"timestamp": "2024-05-02T08:15:00Z"}) == Report("demo-1", NOW)


@pytest.mark.parametrize(
    "told", [None, "", 1714637700, 1714637700.0, 1714637700000, "1714637700000", "2024-05-02T08:15:00Z"]
)
def test_the_time_of_a_document_may_be_missing_or_in_any_form(told: Any) -> None:
    assert parse_document({**LOCATION, "timestamp": told}).time == NOW
    assert parse_document({name: value for name, value in LOCATION.items() if name != "timestamp"}).time == NOW


@pytest.mark.parametrize("device_id", [7, 862117000000001, "862117000000001"])
def test_the_id_in_a_document_may_be_a_number(device_id: Any) -> None:
    assert parse_document(LOCATION, device_id=device_id).device_id == str(device_id)


@pytest.mark.parametrize(
    ("location", "part", "left_out"),
    [
        ({"coords": {**COORDS, "speed": "fast"}}, "speed_kmh", ("location.coords.speed",)),
        ({"coords": {**COORDS, "speed": 1e5}}, "speed_kmh", ("location.coords.speed",)),
        ({"coords": {**COORDS, "speed": -2}}, "speed_kmh", ("location.coords.speed",)),
        ({"coords": {**COORDS, "heading": 360.4}}, "heading_degrees", ("location.coords.heading",)),
        ({"coords": {**COORDS, "accuracy": []}}, "precision_m", ("location.coords.accuracy",)),
        ({"coords": {**COORDS, "altitude": True}}, "altitude_m", ("location.coords.altitude",)),
        ({"battery": {"level": 1.01}}, "battery_percent", ("location.battery.level",)),
        ({"battery": {"level": 50}}, "battery_percent", ("location.battery.level",)),
        ({"battery": []}, "battery_percent", ()),
        ({"battery": 0.5}, "battery_percent", ("location.battery",)),
        ({"is_moving": "perhaps"}, "is_moving", ("location.is_moving",)),
        ({"odometer": "far"}, "mileage_km", ("location.odometer",)),
        ({"extras": []}, None, ()),
        ({"extras": ["trip"]}, None, ("location.extras",)),
        ({"activity": ["still"]}, None, ("location.activity",)),
        ({"event": {"a": 1}}, None, ("location.event",)),
        ({"mock": "who knows"}, None, ("location.mock",)),
    ],
)
def test_what_cannot_be_right_in_a_document_is_unknown_and_named(
    location: dict[str, Any], part: str | None, left_out: tuple[str, ...]
) -> None:
    report = parse_document({**LOCATION, **location})
    assert report.left_out == left_out
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)
    assert part is None or getattr(report.fix if hasattr(report.fix, part) else report, part) is None
    other = "heading_degrees" if part == "speed_kmh" else "speed_kmh"
    assert getattr(report.fix, other) is not None


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ({"coords": {**COORDS, "speed": "10"}}, {"speed_kmh": 36}),
        ({"coords": {**COORDS, "latitude": "52.5", "longitude": "13.4"}}, {"latitude": 52.5}),
        ({"is_moving": 1}, {"is_moving": True}),
        ({"is_moving": "false"}, {"is_moving": False}),
        ({"activity": "still"}, {"attributes": {"activity": "still"}}),
    ],
)
def test_what_is_written_otherwise_and_means_one_thing_is_read(
    location: dict[str, Any], expected: dict[str, Any]
) -> None:
    report = parse_document({**LOCATION, **location})
    assert report.left_out == ()
    for name, value in expected.items():
        found = getattr(report.fix if hasattr(report.fix, name) else report, name)
        assert value.items() <= found.items() if isinstance(value, dict) else found == value


@pytest.mark.parametrize("coords", [None, [], {}, {"latitude": None, "longitude": None}, {"speed": 5}])
def test_without_a_place_a_document_is_what_else_it_says(coords: Any) -> None:
    report = parse_document({**LOCATION, "coords": coords})
    assert (report.fix, report.battery_percent, report.left_out) == (None, 50, ())


def test_a_document_may_have_what_json_has_no_number_for() -> None:
    document = {**LOCATION, "coords": {**COORDS, "altitude": float("nan"), "speed": float("inf")}}
    report = parse_document(document)
    assert report.fix is not None
    assert (report.fix.altitude_m, report.fix.speed_kmh, report.fix.heading_degrees) == (None, None, 90)
    assert report.left_out == ("location.coords.speed", "location.coords.altitude")


@pytest.mark.parametrize(
    ("location", "field"),
    [
        ({"timestamp": "soon"}, "location.timestamp"),
        ({"timestamp": []}, "location.timestamp"),
        ({"timestamp": "1969-12-31T23:59:59Z"}, "location.timestamp"),
        ({"coords": {"latitude": 1}}, "location.coords.longitude"),
        ({"coords": {"longitude": 1}}, "location.coords.latitude"),
        ({"coords": {**COORDS, "latitude": 90.1}}, "location.coords.latitude"),
        ({"coords": {**COORDS, "latitude": [52.5]}}, "location.coords.latitude"),
        ({"coords": {**COORDS, "longitude": "east"}}, "location.coords.longitude"),
    ],
)
def test_a_place_or_time_that_cannot_be_is_refused_by_its_name(location: dict[str, Any], field: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse_document({**LOCATION, **location})
    assert raised.value.field_name == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"\xff", "body"),
        (b"[" * 10_000, "body"),
        (b"7", "body"),
        (b"{}", "location"),
        (b"[7]", "location"),
        (b'[{"coords": {}}]', "device_id"),
        (b'{"device_id": "demo-1"}', "location"),
        (b'{"device_id": "demo-1", "location": "here"}', "location"),
        (b'{"device_id": "demo-1", "location": [[]]}', "location"),
        (b'{"location": {}}', "device_id"),
        (b'{"device_id": "two words", "location": {}}', "device_id"),
        (b'{"device_id": 7.5, "location": {}}', "device_id"),
        (b'{"device_id": true, "location": {}}', "device_id"),
    ],
)
def test_non_phone_documents_are_refused(body: bytes, field: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse_json(body)
    assert raised.value.field_name == field


def place(minute: int, **members: Any) -> dict[str, Any]:
    return {"timestamp": f"2024-05-02T08:{minute:02}:00Z", "coords": COORDS, **members}


BATCH = [place(15), place(16)]


@pytest.mark.parametrize(
    "document",
    [
        {"device_id": "demo-1", "location": BATCH},
        {"device_id": "demo-1", "locations": BATCH},
        {"device_id": "demo-1", "data": BATCH, "uuid": "4a1b"},
        [{**one, "device_id": "demo-1"} for one in BATCH],
        [{**one, "extras": {"device_id": "demo-1"}} for one in BATCH],
        [{"device_id": "demo-1", "location": one} for one in BATCH],
        [{"device_id": "demo-1", "location": BATCH}],
    ],
)
def test_batches_come_in_many_shapes(document: Any) -> None:
    reports = parse_places(json.dumps(document).encode())
    assert [(one.device_id, one.time.minute) for one in reports] == [("demo-1", 15), ("demo-1", 16)]
    assert all(one.fix is not None and one.fix.latitude == COORDS["latitude"] for one in reports)


@pytest.mark.parametrize(
    "flat",
    [
        {"lat": 52.5, "lng": 13.4, "timestamp": "2024-05-02T08:15:00Z"},
        {"lat": "52.5", "lon": "13.4", "time": "2024-05-02T08:15:00.000Z"},
        {"latitude": 52.5, "longitude": 13.4, "timestamp": 1714637700000, "altitude": "high"},
    ],
)
@pytest.mark.parametrize("shape", [lambda flat: flat, lambda flat: {"locations": [flat]}, lambda flat: [flat]])
def test_templates_may_leave_coordinates_flat(flat: dict[str, Any], shape: Any) -> None:
    document = shape({**flat, "speed": 10, "device_id": "demo-1"})
    report = parse_json(json.dumps(document).encode())
    assert report.time == NOW and report.fix is not None
    assert (report.fix.latitude, report.fix.longitude, report.fix.speed_kmh) == (52.5, 13.4, 36)


def test_flat_places_on_no_earth_are_refused() -> None:
    with pytest.raises(ReportError) as raised:
        parse_json(json.dumps({"device_id": "demo-1", "location": {"lat": 95, "lng": 13}}).encode())
    assert raised.value.field_name == "location.coords.latitude"


def test_one_place_without_a_name_is_a_place() -> None:
    report = parse_json(json.dumps(place(15, device_id="demo-1")).encode())
    assert (report.device_id, report.time, report.fix is not None) == ("demo-1", NOW, True)


documents = json_values() | st.fixed_dictionaries(
    {"device_id": st.just("demo-1") | json_values()},
    optional={
        "location": st.fixed_dictionaries(
            {"timestamp": st.just("2024-05-02T08:15:00Z") | st.datetimes().map(str) | odd_texts},
            optional={
                "coords": json_values() | st.dictionaries(st.sampled_from(sorted(COORDS)), json_values()),
                "battery": st.dictionaries(st.sampled_from(["level", "is_charging"]), json_values()),
                "extras": json_values(),
                **dict.fromkeys(["event", "odometer", "mock", "alarm", "activity"], json_values()),
            },
        )
    },
)


@given(documents.map(lambda document: json.dumps(document).encode(errors="replace")) | st.binary(max_size=40))
def test_any_body_is_report_or_report_error(body: bytes) -> None:
    try:
        reports = parse_places(body)
    except ReportError as error:
        assert error.field_name and error.reason
    else:
        assert all(report.device_id and report.time.utcoffset() == timedelta() for report in reports)
        speeds = [report.fix.speed_kmh for report in reports if report.fix is not None]
        assert all(speed is None or speed >= 0 for speed in speeds)


side_values = st.dictionaries(
    st.sampled_from(["speed", "heading", "altitude", "accuracy", "altitude_accuracy"]), json_values(), max_size=4
)
side_members = st.dictionaries(
    st.sampled_from(["battery", "activity", "extras", "event", "odometer", "mock", "alarm", "is_moving", "uuid"]),
    json_values(),
    max_size=5,
)


@given(coords=side_values, members=side_members)
def test_nothing_beside_device_place_and_time_costs_a_report(coords: dict[str, Any], members: dict[str, Any]) -> None:
    place = {"latitude": 52.5, "longitude": 13.4}
    location = {**members, "timestamp": "2024-05-02T08:15:00Z", "coords": {**coords, **place}}
    body = json.dumps({"device_id": "demo-1", "location": location}).encode()
    report = parse_json(body)
    assert (report.device_id, report.time) == ("demo-1", NOW)
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)


@given(
    st.dictionaries(st.sampled_from(["speed", "bearing", "altitude", "accuracy", "batt", "sat", "cell", "x"]), texts)
)
def test_no_field_beside_device_place_and_time_costs_a_report(fields: dict[str, str]) -> None:
    report = parse(**PLACE, **fields)
    assert report.fix is not None and (report.fix.latitude, report.fix.longitude) == (52.5, 13.4)
