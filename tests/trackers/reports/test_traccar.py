"""What Traccar forwards: what a position means, and what is nothing for us."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_values
from trackers.reports.report import Fix, Report, ReportError
from trackers.reports.traccar import parse_body

NOW = datetime(2024, 5, 2, 8, 15, tzinfo=UTC)
# As Traccar writes them, every member included.
DEVICE = {
    "id": 12, "attributes": {}, "groupId": 0, "calendarId": 0, "name": "Van 12", "uniqueId": "demo-1",
    "status": "online", "lastUpdate": "2024-05-02T08:15:01.000+00:00", "positionId": 0, "phone": None, "model": None,
    "contact": None, "category": None, "disabled": False, "expirationTime": None,
}  # fmt: skip
ATTRIBUTES = {
    "sat": 9, "rssi": 15.5, "roaming": False, "operator": "Example Mobile", "batteryLevel": 87, "battery": 4.1,
    "power": 13.8, "ignition": True, "motion": True, "input": 5, "output": 0, "odometer": 1234500,
    "totalDistance": 99.5, "distance": 12.3, "hours": 5400000, "fuelLevel": 64, "rpm": 1500, "temp1": 21.5, "adc2": 3,
    "hdop": 0.9, "alarm": "sos,overspeed", "event": 202, "driverUniqueId": "0A1B", "charge": True,
}  # fmt: skip
POSITION = {
    "id": 0, "attributes": ATTRIBUTES, "deviceId": 12, "protocol": "teltonika",
    "serverTime": "2024-05-02T08:15:01.123+00:00", "deviceTime": "2024-05-02T08:15:00.000+00:00",
    "fixTime": "2024-05-02T08:14:58.000+00:00", "valid": True, "latitude": 52.5, "longitude": 13.4,
    "altitude": 34.6, "speed": 10.0, "course": 89.6, "address": None, "accuracy": 4.6, "network": None,
    "geofenceIds": None,
}  # fmt: skip
NETWORK = {
    "radioType": "gsm", "considerIp": False, "carrier": "Other Mobile",
    "cellTowers": [{"cellId": 3, "locationAreaCode": 2, "mobileCountryCode": 262, "mobileNetworkCode": 1,
                    "signalStrength": -82}],
}  # fmt: skip
EVENT = {
    "id": 0, "attributes": {"alarm": "sos"}, "deviceId": 12, "type": "alarm",
    "eventTime": "2024-05-02T08:15:00.000+00:00", "positionId": 0, "geofenceId": 0, "maintenanceId": 0,
}  # fmt: skip


def parse(attributes: dict[str, Any] | None = None, **members: Any) -> Report:
    report = parse_document({"position": {**POSITION, "attributes": attributes, **members}, "device": DEVICE})
    assert report is not None
    return report


def parse_document(document: Any) -> Report | None:
    return parse_body(json.dumps(document).encode())


def parse_fix(**members: Any) -> Fix:
    fix = parse(**members).fix
    assert fix is not None
    return fix


def test_every_member_of_a_position_has_its_place() -> None:
    assert parse(ATTRIBUTES) == Report(
        "demo-1",
        NOW,
        fix=Fix(52.5, 13.4, pytest.approx(18.52), 90, 35, 9, 5, time=NOW - timedelta(seconds=2)),
        battery_percent=87,
        ignition=True,
        gsm_percent=50,
        network_name="Example Mobile",
        roaming=False,
        inputs=(True, False, True, *[False] * 5),
        outputs=(False,) * 8,
        is_moving=True,
        mileage_km=1234.5,
        engine_hours=1.5,
        hardware_key="0A1B",
        event_code=202,
        measurements={
            "battery_voltage": 4.1, "board_voltage": 13.8, "fuel_level": 64, "rpm": 1500, "ext_temp_sensor_1": 21.5,
            "analog_2": 3,
        },
        attributes={
            "totalDistance": 99.5, "distance": 12.3, "hdop": 0.9, "alarm": "sos,overspeed", "charge": True,
        },
    )  # fmt: skip


def test_a_position_needs_only_place_and_time() -> None:
    assert parse(altitude=None, speed=None, course=None, accuracy=None, fixTime=None) == Report(
        "demo-1", NOW, fix=Fix(52.5, 13.4)
    )


def test_an_invalid_position_is_no_fix() -> None:
    assert parse({"batteryLevel": 50}, valid=False) == Report("demo-1", NOW, battery_percent=50)


@pytest.mark.parametrize("missing", [["deviceTime"], ["deviceTime", "fixTime"]])
def test_missing_device_time_takes_next_best(missing: list[str]) -> None:
    times = {1: NOW - timedelta(seconds=2), 2: NOW + timedelta(seconds=1, milliseconds=123)}
    assert parse(**dict.fromkeys(missing)).time == times[len(missing)]


def test_single_switches_serve_where_there_is_no_mask() -> None:
    report = parse({"in1": True, "in3": False, "out2": True})
    assert (report.inputs, report.outputs, report.attributes) == ((True, False, False), (False, True), {})


def test_the_network_serves_where_the_attributes_are_silent() -> None:
    report = parse(network=NETWORK)
    assert (report.network_name, report.gsm_percent) == ("Other Mobile", 50)


@pytest.mark.parametrize("rssi", [99, 255, -200, "strong"])
def test_a_signal_that_cannot_be_is_unknown(rssi: Any) -> None:
    assert parse({"rssi": rssi}).gsm_percent is None


def test_an_approximate_position_came_from_cells() -> None:
    assert parse_fix(attributes={"approximate": True}).is_cell_based is True


@pytest.mark.parametrize(
    ("name", "value"),
    [("sat", "many"), ("operator", 26201), ("event", "Panic"), ("ignition", "dim"), ("input", -1), ("odometer", "far")],
)
def test_attribute_of_another_type_is_kept_unchanged(name: str, value: Any) -> None:
    assert parse({name: value}).attributes == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("speed", -5, "speed_kmh"),
        ("speed", "fast", "speed_kmh"),
        ("course", 360.4, "heading_degrees"),
        ("course", 400, "heading_degrees"),
        ("altitude", 1e9, "altitude_m"),
        ("altitude", float("nan"), "altitude_m"),
        ("accuracy", [5], "precision_m"),
        ("network", [], None),
        ("network", "gsm", None),
        ("valid", "perhaps", None),
    ],
)
def test_what_cannot_be_is_unknown_and_named_and_the_rest_stays(name: str, value: Any, field: str | None) -> None:
    report = parse({"batteryLevel": 50}, **{name: value})
    assert report.fix is not None and (report.fix.latitude, report.battery_percent) == (52.5, 50)
    assert field is None or getattr(report.fix, field) is None
    assert report.left_out == (() if value == [] else (f"position.{name}",))


@pytest.mark.parametrize(("word", "flag"), [("on", True), ("OFF", False), (1, True), (0, False), ("yes", True)])
def test_a_flag_of_an_attribute_may_be_in_other_words(word: Any, flag: bool) -> None:
    report = parse({"ignition": word, "motion": word, "in1": word})
    assert (report.ignition, report.is_moving, report.inputs, report.attributes) == (flag, flag, (flag,), {})


@pytest.mark.parametrize("satellites", [0, 1, 2])
def test_whoever_forwards_vouches_for_a_position_of_few_satellites(satellites: int) -> None:
    fix = parse_fix(attributes={"sat": satellites})
    assert (fix.is_valid, fix.satellites) == (True, satellites)


@pytest.mark.parametrize("attributes", [[], None, "none"])
def test_attributes_that_are_no_object_are_none(attributes: Any) -> None:
    assert parse(attributes).attributes == {}


@pytest.mark.parametrize("told", [1714637700000, "1714637700000", "2024-05-02T08:15:00Z", 1714637700])
def test_times_may_be_counted(told: Any) -> None:
    report = parse(deviceTime=told, fixTime=told)
    assert report.fix is not None and (report.time, report.fix.time) == (NOW, NOW)


@pytest.mark.parametrize("unique_id", [" demo-1 ", "demo-1\n"])
def test_an_id_has_no_spaces_around_it(unique_id: str) -> None:
    report = parse_document({"position": POSITION, "device": {**DEVICE, "uniqueId": unique_id}})
    assert report is not None and report.device_id == "demo-1"


def test_an_event_is_its_position_and_its_type() -> None:
    report = parse_document({"event": EVENT, "device": DEVICE, "position": {**POSITION, "attributes": {}}})
    assert report is not None
    assert (report.time, report.attributes) == (NOW, {"event": "alarm"})


@pytest.mark.parametrize(
    "document",
    [
        {"event": {**EVENT, "type": "deviceOffline"}, "device": DEVICE},
        {"position": POSITION, "device": {**DEVICE, "uniqueId": "+49 30 1234"}},
        {"position": POSITION, "device": {**DEVICE, "uniqueId": "nul\x00"}},
        {"position": POSITION, "device": {**DEVICE, "uniqueId": ""}},
    ],
)
def test_documents_concerning_no_source_are_ignored(document: Any) -> None:
    assert parse_document(document) is None


@pytest.mark.parametrize(
    ("document", "at_fault"),
    [
        ([], "body"),
        ({}, "device"),
        ({"device": {}}, "device.uniqueId"),
        ({"device": DEVICE}, "position"),
        ({"device": DEVICE, "position": {}}, "position.latitude"),
        ({"device": DEVICE, "position": {**POSITION, "latitude": 91}}, "position.latitude"),
        ({"device": DEVICE, "position": {**POSITION, "deviceTime": "soon"}}, "position.deviceTime"),
        ({"device": DEVICE, "position": {**POSITION, "fixTime": "soon"}}, "position.fixTime"),
        (
            {"device": DEVICE, "position": {"latitude": 1, "longitude": 1}},
            "position.deviceTime",
        ),
    ],
)
def test_what_no_traccar_sends_is_refused(document: Any, at_fault: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse_document(document)
    assert raised.value.field_name == at_fault


documents = json_values() | st.builds(
    lambda position, attributes, device, event: {
        "position": {**POSITION, "attributes": attributes, **position},
        "device": {**DEVICE, **device},
        **event,
    },
    st.dictionaries(st.sampled_from(sorted(POSITION)), json_values(), max_size=3),
    st.dictionaries(st.sampled_from([*ATTRIBUTES, "in1", "out9"]), json_values(), max_size=6) | json_values(),
    st.dictionaries(st.sampled_from(["uniqueId", "name"]), json_values(), max_size=1),
    st.dictionaries(st.sampled_from(["event", "position"]), json_values(), max_size=1),
)


@given(documents.map(lambda document: json.dumps(document).encode(errors="replace")) | st.binary(max_size=40))
def test_any_body_is_report_nothing_or_error(body: bytes) -> None:
    try:
        report = parse_body(body)
    except ReportError as error:
        assert error.field_name and error.reason
    else:
        assert report is None or report.time.utcoffset() == timedelta()
