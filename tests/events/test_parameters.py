"""What a client says of itself when it connects (protocol sheet 1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.protocol.parameters import ClientLine, read_parameters

LEGACY, TYPESCRIPT, JVM, PLAIN = ClientLine.LEGACY, ClientLine.TYPESCRIPT, ClientLine.JVM, ClientLine.PLAIN
HANDSHAKE = "X-Atmosphere-tracking-id=0&X-atmo-protocol=true&X-Atmosphere-Framework="


@pytest.mark.atmosphere(7)
@pytest.mark.parametrize(
    ("framework", "line"),
    [
        ("2.3.6-javascript", LEGACY),
        ("2.3.3-javascript", LEGACY),
        ("2.3.9-javascript", LEGACY),
        ("3.0.0-javascript", LEGACY),
        ("3.1.2-javascript", LEGACY),
        ("2.10.0-javascript", LEGACY),
        ("2.2.1-javascript", LEGACY),
        ("4.0.0", LEGACY),
        ("4.0.2", LEGACY),
        ("5.0.7", TYPESCRIPT),
        ("5.0.45", TYPESCRIPT),
        ("10.0.0", TYPESCRIPT),
        ("2.3.0", JVM),
        ("4.0", JVM),
        ("3.0-RC1-javascript", LEGACY),
        ("abc", JVM),
    ],
)
def test_every_client_in_the_field_gets_its_handshake(framework: str, line: ClientLine) -> None:
    parameters = read_parameters(HANDSHAKE + framework)
    assert parameters.line is line
    assert not parameters.is_outdated
    assert parameters.expects_handshake


@pytest.mark.parametrize("framework", ["2.2.0", "2.2.0-javascript", "2.2", "1.9.9-javascript", "0.9"])
def test_version_below_2_2_1_is_outdated(framework: str) -> None:
    parameters = read_parameters(HANDSHAKE + framework)
    assert parameters.is_outdated
    assert not parameters.expects_handshake


@pytest.mark.contract(32)
@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("", PLAIN),
        ("X-Atmosphere-tracking-id=0", PLAIN),
        ("X-Atmosphere-tracking-id=0&X-Atmosphere-Framework=2.3.8-javascript", LEGACY),
    ],
)
def test_client_without_the_protocol_parameter_expects_no_handshake(query: str, line: ClientLine) -> None:
    parameters = read_parameters(query)
    assert parameters.line is line
    assert not parameters.expects_handshake


def test_missing_framework_is_accepted() -> None:
    parameters = read_parameters("X-Atmosphere-tracking-id=0&X-atmo-protocol=true")
    assert parameters.line is LEGACY
    assert parameters.expects_handshake


@pytest.mark.atmosphere(11)
@pytest.mark.parametrize("value", ["=true", "=false", "=", ""])
def test_presence_of_the_protocol_parameter_asks_for_the_handshake(value: str) -> None:
    assert read_parameters(f"X-Atmosphere-tracking-id=0&X-atmo-protocol{value}").expects_handshake


@pytest.mark.atmosphere(1)
@pytest.mark.parametrize("name", ["X-Atmosphere-tracking-id", "x-atmosphere-tracking-id", "X-ATMOSPHERE-TRACKING-ID"])
def test_names_are_read_in_any_case_from_query_and_headers(name: str) -> None:
    assert read_parameters(f"{name}=abc").tracking_id == "abc"
    assert read_parameters("", [(name, "abc")]).tracking_id == "abc"


@pytest.mark.atmosphere(1)
def test_header_wins_over_query() -> None:
    parameters = read_parameters("X-Atmosphere-tracking-id=query", [("x-atmosphere-tracking-id", "header")])
    assert parameters.tracking_id == "header"


@pytest.mark.atmosphere(3)
def test_unknown_pairs_are_ignored() -> None:
    known = "X-Atmosphere-tracking-id=abc&X-atmo-protocol=true"
    unknown = "&X-Cache-Date=1&X-Atmosphere-Run-Id=r&X-Token=t&_=1790000000000&novalue&&=&a=b=c"
    assert read_parameters(known + unknown) == read_parameters(known)


@pytest.mark.atmosphere(4)
@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "application/a+b;c=d"])
def test_content_type_may_stand_in_the_query_as_it_is(content_type: str) -> None:
    parameters = read_parameters(f"Content-Type={content_type}&X-Atmosphere-tracking-id=abc&X-atmo-protocol=true")
    assert parameters.tracking_id == "abc"
    assert parameters.wants_protocol


@pytest.mark.atmosphere(5)
@pytest.mark.parametrize("query", ["", "X-Atmosphere-tracking-id=0", "X-Atmosphere-tracking-id="])
def test_client_without_an_id_says_none(query: str) -> None:
    assert read_parameters(query).tracking_id is None


@pytest.mark.atmosphere(5)
@pytest.mark.parametrize("tracking_id", ["my-id", "00", "A_b-9", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "a" * 128])
def test_well_formed_id_is_adopted_even_if_unknown(tracking_id: str) -> None:
    assert read_parameters(f"X-Atmosphere-tracking-id={tracking_id}").tracking_id == tracking_id


@pytest.mark.atmosphere(6)
@pytest.mark.parametrize("tracking_id", ["a" * 129, "a b", "a%20b", "a|b", "../x", "%ff", "é", "a%0A", "٣"])
def test_badly_formed_id_is_replaced(tracking_id: str) -> None:
    assert read_parameters(f"X-Atmosphere-tracking-id={tracking_id}").tracking_id is None


@pytest.mark.parametrize(
    ("value", "tracks_size"), [("true", True), ("TRUE", True), ("false", False), ("", False), ("1", False)]
)
def test_length_is_tracked_only_when_asked_for(value: str, tracks_size: bool) -> None:
    assert read_parameters(f"X-Atmosphere-TrackMessageSize={value}").tracks_size is tracks_size


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("60", 60), ("", None), ("abc", None), ("-5", None), ("1.5", None), ("9" * 30, None)],
)
def test_wish_for_a_server_heartbeat_is_read_in_seconds(value: str, seconds: int | None) -> None:
    assert read_parameters(f"X-Heartbeat-Server={value}").heartbeat_s == seconds


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_nothing_that_a_client_says_breaks_the_reading(query: str, headers: list[tuple[str, str]]) -> None:
    parameters = read_parameters(query, headers)
    assert parameters.tracking_id is None or 1 <= len(parameters.tracking_id) <= 128


@given(st.from_regex(r"X-(Heartbeat-Server|Atmosphere-Framework)=[0-9.٣²-]{0,12}", fullmatch=True))
def test_odd_numbers_do_not_break_the_reading(query: str) -> None:
    read_parameters(query)
