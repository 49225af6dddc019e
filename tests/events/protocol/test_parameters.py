"""What a client says of itself when it connects (atmosphere §1)."""

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
    assert not parameters.is_refused_over_http
    assert parameters.expects_handshake(anew=False)


@pytest.mark.parametrize("framework", ["2.2.0", "2.2.0-javascript", "2.2", "1.9.9-javascript", "0.9"])
def test_version_below_2_2_1_is_outdated(framework: str) -> None:
    parameters = read_parameters(HANDSHAKE + framework)
    assert parameters.is_outdated
    assert not parameters.expects_handshake(anew=True)


@pytest.mark.api(32)
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
    assert not parameters.expects_handshake(anew=True)


def test_missing_framework_is_treated_as_legacy() -> None:
    parameters = read_parameters("X-Atmosphere-tracking-id=0&X-atmo-protocol=true")
    assert parameters.line is LEGACY
    assert parameters.expects_handshake(anew=False)


@pytest.mark.atmosphere(8)
@pytest.mark.parametrize(
    ("framework", "is_refused"),
    [
        (None, False),
        ("", False),
        ("2.2.0-javascript", True),
        ("2.2.0", True),
        ("1.0", True),
        ("2", True),
        ("2.2.1-javascript", False),
        ("2.10.0-javascript", False),
        ("4.0", False),
        ("5.0.7", False),
        ("abc", False),
        ("2..3", False),
    ],
)
def test_http_refuses_versions_that_are_too_old(framework: str | None, is_refused: bool) -> None:
    said = "" if framework is None else f"&X-Atmosphere-Framework={framework}"
    assert read_parameters(f"X-Atmosphere-tracking-id=0&X-atmo-protocol=true{said}").is_refused_over_http is is_refused


@pytest.mark.atmosphere(8)
@pytest.mark.parametrize("query", ["X-Atmosphere-tracking-id=0", "X-Atmosphere-tracking-id=abc&X-atmo-protocol=true"])
def test_version_matters_only_for_a_handshake(query: str) -> None:
    for framework in ("", "&X-Atmosphere-Framework=2.2.0"):
        assert not read_parameters(query + framework).is_refused_over_http


@pytest.mark.atmosphere(11, 17)
@pytest.mark.parametrize(
    ("framework", "tracking_id", "always", "where_it_starts_anew"),
    [
        ("2.3.8-javascript", "0", True, True),
        ("2.3.8-javascript", "abc", False, False),
        ("4.0.1", "abc", False, False),
        ("5.0.7", "0", True, True),
        ("5.0.7", "abc", False, True),
        ("5.0.7", "a|b", False, False),
        ("2.3.0", "abc", False, False),
        ("4.0", "0", True, True),
        ("2.2.0", "0", False, False),
    ],
)
def test_new_and_reparsing_clients_expect_a_handshake(
    framework: str, tracking_id: str, always: bool, where_it_starts_anew: bool
) -> None:
    query = f"X-Atmosphere-tracking-id={tracking_id}&X-atmo-protocol=true&X-Atmosphere-Framework={framework}"
    parameters = read_parameters(query)
    assert parameters.expects_handshake(anew=False) is always
    assert parameters.expects_handshake(anew=True) is where_it_starts_anew


@pytest.mark.atmosphere(52)
@pytest.mark.parametrize(
    ("framework", "expected"),
    [
        ("2.3.8-javascript", True),
        ("3.0.0-javascript", True),
        ("3.0.6-javascript", True),
        ("3.0-RC1-javascript", True),
        ("2.3.6-javascript", False),
        ("2.3.3-javascript", False),
        ("3.1.3-javascript", False),
        ("4.0.1", False),
        ("5.0.7", False),
        ("2.3.8", False),
        ("3.0.0", False),
        ("abc", False),
        ("", False),
    ],
)
def test_clients_harmed_by_refused_upgrades_are_known(framework: str, expected: bool) -> None:
    assert read_parameters(HANDSHAKE + framework).falls_back_only_after_accept is expected


@pytest.mark.atmosphere(2)
@pytest.mark.parametrize(
    ("value", "transport"),
    [
        ("websocket", "websocket"),
        ("SSE", "sse"),
        ("STREAMING", "streaming"),
        ("long-polling", "long-polling"),
        ("long_polling", "long-polling"),
        ("LONG_POLLING", "long-polling"),
        ("Jsonp", "jsonp"),
        ("none", "none"),
        ("", ""),
    ],
)
def test_transport_name_is_read_in_any_spelling(value: str, transport: str) -> None:
    assert read_parameters(f"X-Atmosphere-Transport={value}").transport == transport
    assert read_parameters("", [("x-atmosphere-transport", value)]).transport == transport


def test_client_that_names_no_transport_names_none() -> None:
    assert read_parameters("X-Atmosphere-tracking-id=0").transport == ""


@pytest.mark.atmosphere(47)
@pytest.mark.parametrize(
    ("value", "callback"),
    [
        ("atmosphere1790000000000", "atmosphere1790000000000"),
        ("alert(1)//", "alert1"),
        ("a%0Ab", "ab"),
        ("%3Cscript%3E", "script"),
        ("é٣", ""),
        ("", ""),
        ("a" * 500, "a" * 128),
    ],
)
def test_script_function_is_stripped_to_alphanumerics(value: str, callback: str) -> None:
    assert read_parameters(f"jsonpTransport={value}").callback == callback


@pytest.mark.atmosphere(43)
@pytest.mark.parametrize(
    ("pair", "body"),
    [
        ("X-Atmosphere-Post-Body=%7B%22n%22%3A1%7D", '{"n":1}'),
        ("x-atmosphere-post-body=a+b%26c=d", "a+b&c=d"),
        ("X-Atmosphere-Post-Body=%F0%9F%98%80", "😀"),
        ("X-Atmosphere-Post-Body=", ""),
        ("", ""),
    ],
)
def test_push_body_may_stand_in_query(pair: str, body: str) -> None:
    assert read_parameters("X-Atmosphere-tracking-id=abc&" + pair).body == body


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("text/event-stream", True), ("text/event-stream, */*;q=0.1", True), ("*/*", False), ("", False)],
)
def test_headers_show_the_event_stream_wish(accept: str, expected: bool) -> None:
    assert read_parameters("", [("accept", accept)]).accepts_event_stream is expected


@pytest.mark.atmosphere(11)
@pytest.mark.parametrize("value", ["=true", "=false", "=", ""])
def test_protocol_parameter_asks_for_the_handshake(value: str) -> None:
    assert read_parameters(f"X-Atmosphere-tracking-id=0&X-atmo-protocol{value}").expects_handshake(anew=False)


@pytest.mark.atmosphere(1)
@pytest.mark.parametrize("name", ["X-Atmosphere-tracking-id", "x-atmosphere-tracking-id", "X-ATMOSPHERE-TRACKING-ID"])
def test_names_are_read_in_any_case(name: str) -> None:
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
def test_raw_content_type_may_stand_in_query(content_type: str) -> None:
    parameters = read_parameters(f"Content-Type={content_type}&X-Atmosphere-tracking-id=abc&X-atmo-protocol=true")
    assert parameters.tracking_id == "abc"
    assert parameters.wants_protocol


@pytest.mark.atmosphere(5)
@pytest.mark.parametrize("query", ["", "X-Atmosphere-tracking-id=0"])
def test_client_without_an_id_is_new(query: str) -> None:
    assert read_parameters(query).tracking_id is None
    assert read_parameters(query).is_new


@pytest.mark.atmosphere(5)
@pytest.mark.parametrize("tracking_id", ["my-id", "00", "A_b-9", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", "a" * 128])
def test_well_formed_id_is_adopted_even_if_unknown(tracking_id: str) -> None:
    assert read_parameters(f"X-Atmosphere-tracking-id={tracking_id}").tracking_id == tracking_id


@pytest.mark.atmosphere(6)
@pytest.mark.parametrize("tracking_id", ["", "a" * 129, "a b", "a%20b", "a|b", "../x", "%ff", "é", "a%0A", "٣"])
def test_replaced_malformed_id_makes_no_newcomer(tracking_id: str) -> None:
    parameters = read_parameters(f"X-Atmosphere-tracking-id={tracking_id}")
    assert parameters.tracking_id is None
    assert not parameters.is_new


@pytest.mark.parametrize(
    ("value", "tracks_size"), [("true", True), ("TRUE", True), ("false", False), ("", False), ("1", False)]
)
def test_length_is_tracked_only_when_asked_for(value: str, tracks_size: bool) -> None:
    assert read_parameters(f"X-Atmosphere-TrackMessageSize={value}").tracks_size is tracks_size


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("60", 60), ("", None), ("abc", None), ("-5", None), ("1.5", None), ("9" * 30, None)],
)
def test_server_heartbeat_wish_is_in_seconds(value: str, seconds: int | None) -> None:
    assert read_parameters(f"X-Heartbeat-Server={value}").heartbeat_s == seconds


@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_nothing_that_a_client_says_breaks_the_reading(query: str, headers: list[tuple[str, str]]) -> None:
    parameters = read_parameters(query, headers)
    assert parameters.tracking_id is None or 1 <= len(parameters.tracking_id) <= 128


@given(st.from_regex(r"X-(Heartbeat-Server|Atmosphere-Framework)=[0-9.٣²-]{0,12}", fullmatch=True))
def test_odd_numbers_do_not_break_the_reading(query: str) -> None:
    read_parameters(query)
