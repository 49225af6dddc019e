"""OsmAnd's query form: what it means, and what is refused by the name of its field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import odd_texts
from trackers.reports.osmand import MAX_ATTRIBUTES, parse_query
from trackers.reports.report import Fix, Report, ReportError

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
PLACE = {"lat": "52.5", "lon": "13.4"}


def parse(**fields: str) -> Report:
    return parse_query({"id": "demo-1", **fields}, now=NOW)


def parse_fix(**fields: str) -> Fix | None:
    return parse(**PLACE, **fields).fix


def test_the_least_report_is_an_id() -> None:
    assert parse() == Report("demo-1", NOW)


@pytest.mark.parametrize("fields", [PLACE, {"location": "52.5,13.4"}, {"location": " 52.5 , 13.4 ", "lat": "1"}])
def test_a_position_comes_in_one_field_or_in_two(fields: dict[str, str]) -> None:
    assert parse(**fields).fix == Fix(latitude=52.5, longitude=13.4)


@pytest.mark.contract(75)
@pytest.mark.parametrize(("knots", "kmh"), [("10", 18.52), ("0", 0), ("0.5", 0.926), ("1e1", 18.52)])
def test_speed_comes_in_knots(knots: str, kmh: float) -> None:
    fix = parse_fix(speed=knots)
    assert fix is not None and fix.speed_kmh == pytest.approx(kmh)


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


@pytest.mark.contract(75)
@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"batt": "49.5"}, "battery_percent", 50),
        ({"batt": "0"}, "battery_percent", 0),
        ({"batt": ""}, "battery_percent", None),
        ({"ignition": "TRUE"}, "ignition", True),
        ({"ignition": "0"}, "ignition", False),
        ({"hdop": "0.9", "charge": "true"}, "attributes", {"hdop": "0.9", "charge": "true"}),
        ({"driverUniqueId": "7", "empty": ""}, "attributes", {"driverUniqueId": "7"}),
        ({"cell": "262,1,2,3", "wifi": "aa-bb,-60", "notificationToken": "t"}, "attributes", {}),
    ],
)
def test_other_fields_have_their_place(fields: dict[str, str], name: str, value: Any) -> None:
    assert getattr(parse(**fields), name) == value


@pytest.mark.parametrize(
    ("valid", "has_fix"), [("", True), ("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_a_position_that_is_said_to_be_invalid_is_none(valid: str, has_fix: bool) -> None:
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
        ("speed", [*BAD_NUMBERS, "-1"]),
        ("bearing", [*BAD_NUMBERS, "-1", "361"]),
        ("altitude", [*BAD_NUMBERS, "1e6"]),
        ("accuracy", [*BAD_NUMBERS, "-1"]),
        ("sat", [*BAD_NUMBERS, "-1", "256"]),
        ("batt", [*BAD_NUMBERS, "-1", "101"]),
        ("valid", ["yes", "2", "\x00"]),
        ("ignition", ["on", "-1"]),
        ("id", ["x" * 65, "two words", "nul\x00", "a~1", "é", "\ud800"]),
        ("timestamp", ["now", "-", "--5", "2024-13-01T00:00:00Z", "9" * 30, "9" * 5000, "1e9", "\x00"]),
        ("timestamp", ["-1", "-62135596800", "0001-01-01T00:00:00Z", "1969-12-31 23:59:59"]),
        ("timestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
        ("more", ["x" * 256]),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(field: str, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ReportError) as raised:
            parse_query({"id": "demo-1", **PLACE, field: text}, now=NOW)
        assert raised.value.field_name == field
        assert str(raised.value) == f"{field}: {raised.value.reason}"


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


def test_attributes_are_limited_in_number_and_length() -> None:
    many = {f"a{number}": "1" for number in range(MAX_ATTRIBUTES)}
    assert parse(**many).attributes == many
    for bad in ({**many, "one-more": "1"}, {"n" * 256: "1"}):
        with pytest.raises(ReportError):
            parse_query({"id": "demo-1", **bad}, now=NOW)


NAMES = ["id", "deviceid", "timestamp", "lat", "lon", "location", "valid", "speed", "bearing", "batt", "sat", "hdop"]
texts = st.text(max_size=12) | odd_texts | st.floats().map(str) | st.integers().map(str) | st.datetimes().map(str)
queries = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), texts) | st.fixed_dictionaries(
    {"id": st.just("demo-1")}, optional=dict.fromkeys(NAMES[2:], texts)
)


@given(queries)
def test_any_query_is_a_report_or_a_report_error(fields: dict[str, str]) -> None:
    try:
        report = parse_query(fields, now=NOW)
    except ReportError as error:
        assert error.field_name and error.reason
    else:
        assert 1 <= len(report.device_id) <= 64
        assert report.time.utcoffset() == timedelta()
