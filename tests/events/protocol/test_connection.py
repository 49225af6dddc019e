"""The Atmosphere conversation of one connection, with the time as an argument (atmosphere §2, §3, §5, §7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from events.protocol.connection import (
    Connection,
    EventStreamConnection,
    PollConnection,
    ScriptPollConnection,
    StreamConnection,
    read_message,
)
from tests.events.builders import FRESH_ID, LEGACY, NOON, make_connection
from tests.strategies import any_texts

SOCKET, EVENTS, STREAM = Connection, EventStreamConnection, StreamConnection
POLL, SCRIPT = PollConnection, ScriptPollConnection
HANDSHAKE = f"{FRESH_ID}|30000|X|"
AGAIN = "abc|30000|X|"
PADDING = " " * 2048 + "\n"
PROTOCOL = "X-atmo-protocol=true&jsonpTransport=cb&X-Atmosphere-Framework="
BACK = "X-Atmosphere-tracking-id=abc&" + PROTOCOL
NEW = "X-Atmosphere-tracking-id=0&" + PROTOCOL
TRACKING = "&X-Atmosphere-TrackMessageSize=true"
VERSIONS = {
    "legacy": ["2.3.6-javascript", "3.0.0-javascript", "3.1.3-javascript", "4.0.1"],
    "typescript": ["5.0.7", "5.0.45", "6.0.0"],
    "jvm": ["2.3.0", "4.0"],
}


def versions(line: str) -> list[str]:
    return VERSIONS[line]


# What comes first


@pytest.mark.atmosphere(11, 13, 16, 17, 34, 35, 40, 41, 53)
@pytest.mark.parametrize(
    ("kind", "line", "when_new", "when_back"),
    [
        (SOCKET, "legacy", HANDSHAKE, "X"),
        (SOCKET, "typescript", HANDSHAKE, AGAIN),
        (SOCKET, "jvm", HANDSHAKE, ""),
        (EVENTS, "legacy", f"data:{HANDSHAKE}\r\n\r\n", "data:X\r\n\r\n"),
        (EVENTS, "typescript", f"data:{HANDSHAKE}\r\n\r\n", f"data:{AGAIN}\r\n\r\n"),
        (EVENTS, "jvm", f"data:{HANDSHAKE}\r\n\r\n", ""),
        (STREAM, "legacy", PADDING + HANDSHAKE, PADDING),
        (STREAM, "typescript", HANDSHAKE, AGAIN),
        (STREAM, "jvm", HANDSHAKE, ""),
        # A poll with a handshake is answered by it, and never opened.
        (POLL, "legacy", "\n", "\n"),
        (POLL, "typescript", "", ""),
        (POLL, "jvm", "", ""),
        (SCRIPT, "legacy", "", ""),
    ],
)
def test_connection_opens_with_what_its_client_waits_for(
    kind: type[Connection], line: str, when_new: str, when_back: str
) -> None:
    for version in versions(line):
        assert make_connection(NEW + version, kind=kind).opening() == when_new
        assert make_connection(BACK + version, kind=kind).opening() == when_back


@pytest.mark.atmosphere(12, 13, 30, 53)
@pytest.mark.parametrize(
    ("kind", "line", "when_new", "when_back"),
    [
        (SOCKET, "legacy", f"45|{HANDSHAKE}", "1|X"),
        (SOCKET, "typescript", f"45|{HANDSHAKE}", f"12|{AGAIN}"),
        (EVENTS, "legacy", f"data:45|{HANDSHAKE}\r\n\r\n", "data:1|X\r\n\r\n"),
        (EVENTS, "typescript", f"data:45|{HANDSHAKE}\r\n\r\n", f"data:12|{AGAIN}\r\n\r\n"),
        (STREAM, "legacy", f"{PADDING}45|{HANDSHAKE}", PADDING),
        (STREAM, "typescript", f"45|{HANDSHAKE}", f"12|{AGAIN}"),
        (STREAM, "jvm", f"45|{HANDSHAKE}", ""),
        (POLL, "legacy", "\n", "\n"),
    ],
)
def test_first_frame_has_length_with_tracked_sizes(
    kind: type[Connection], line: str, when_new: str, when_back: str
) -> None:
    for version in versions(line):
        assert make_connection(NEW + version + TRACKING, kind=kind).opening() == when_new
        assert make_connection(BACK + version + TRACKING, kind=kind).opening() == when_back


@pytest.mark.atmosphere(11, 16, 35)
@pytest.mark.parametrize("tracking_id", ["0", "abc"])
@pytest.mark.parametrize("kind", [SOCKET, EVENTS, STREAM, POLL, SCRIPT])
def test_without_protocol_only_legacy_padding_opens(kind: type[Connection], tracking_id: str) -> None:
    query = f"X-Atmosphere-tracking-id={tracking_id}{TRACKING}"
    for framework in ("", "&X-Atmosphere-Framework=5.0.7", "&X-Atmosphere-Framework=2.3.0"):
        connection = make_connection(query + framework, kind=kind)
        assert connection.handshake() is None
        assert connection.opening() == ""
    browser = make_connection(query + "&X-Atmosphere-Framework=2.3.8-javascript", kind=kind)
    assert browser.handshake() is None
    assert browser.opening() == {STREAM: PADDING, POLL: "\n"}.get(kind, "")


@pytest.mark.atmosphere(11, 16, 19)
@pytest.mark.parametrize("line", VERSIONS)
@pytest.mark.parametrize("kind", [POLL, SCRIPT])
def test_only_new_clients_poll_gets_handshake(kind: type[Connection], line: str) -> None:
    for version in versions(line):
        assert make_connection(NEW + version, kind=kind).handshake() == HANDSHAKE
        assert make_connection(BACK + version, kind=kind).handshake() is None


@pytest.mark.atmosphere(11)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", None),
        ("X-Atmosphere-tracking-id=0", None),
        ("X-Atmosphere-tracking-id=0&X-Atmosphere-Framework=2.3.8-javascript", None),
        ("X-atmo-protocol=true", HANDSHAKE),
        (LEGACY, HANDSHAKE),
        ("X-Atmosphere-tracking-id=a|b&" + PROTOCOL + "2.3.8-javascript", None),
        ("X-Atmosphere-tracking-id=a|b&" + PROTOCOL + "5.0.7", None),
        ("X-Atmosphere-tracking-id=&" + PROTOCOL + "5.0.7", None),
    ],
)
def test_handshake_needs_zero_id_and_protocol(query: str, expected: str | None) -> None:
    for kind in (SOCKET, EVENTS, STREAM, POLL, SCRIPT):
        assert make_connection(query, kind=kind).handshake() == expected


@pytest.mark.parametrize("query", [f"X-Atmosphere-tracking-id={i}&{PROTOCOL}2.2.0-javascript" for i in ("0", "abc")])
def test_outdated_client_gets_neither_handshake_nor_heartbeat(query: str) -> None:
    assert make_connection(query).opening() == ""
    for kind in (SOCKET, EVENTS, STREAM, POLL, SCRIPT):
        assert make_connection(query, kind=kind).handshake() is None
    assert make_connection(query).heartbeat() is None


@pytest.mark.atmosphere(12)
def test_handshake_says_the_client_heartbeat_of_the_settings() -> None:
    assert make_connection(LEGACY, client_heartbeat_ms=0).opening() == f"{FRESH_ID}|0|X|"


@pytest.mark.atmosphere(5, 55)
@pytest.mark.parametrize(("query", "tracking_id"), [(NEW, FRESH_ID), (BACK, "abc"), ("", FRESH_ID)])
def test_client_id_is_kept_or_made(query: str, tracking_id: str) -> None:
    assert make_connection(query).tracking_id == tracking_id


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (NEW + "2.3.8-javascript", True),
        (BACK + "2.3.8-javascript", True),
        ("X-Atmosphere-tracking-id=abc", True),
        ("X-Atmosphere-tracking-id=0", False),
        ("", False),
    ],
)
def test_client_that_knows_its_id_can_come_back(query: str, expected: bool) -> None:
    assert make_connection(query).can_come_back is expected


# Frames and heartbeats


@pytest.mark.atmosphere(30, 36)
@pytest.mark.parametrize(
    ("kind", "tracking", "messages", "body"),
    [
        (POLL, "", ["one"], "one"),
        (POLL, TRACKING, ["one"], "3|one"),
        (POLL, TRACKING, ["one", "é😀"], "3|one3|é😀"),
        (SCRIPT, "", ["one"], 'cb({"message" : "one"});'),
        (SCRIPT, TRACKING, ["one", "a|b"], 'cb({"message" : "3|one3|a|b"});'),
    ],
)
def test_poll_body_carries_message_or_sized_batch(
    kind: type[PollConnection], tracking: str, messages: list[str], body: str
) -> None:
    connection = make_connection(NEW + "2.3.8-javascript" + tracking, kind=kind)
    assert connection.takes_batches is bool(tracking)
    assert connection.body(messages) == body


@pytest.mark.atmosphere(30)
@pytest.mark.parametrize(("tracking", "frame"), [("", "X"), (TRACKING, "1|X")])
def test_messages_are_framed_only_for_tracked_sizes(tracking: str, frame: str) -> None:
    assert make_connection(LEGACY + tracking).frame("X") == frame


@pytest.mark.atmosphere(22, 23, 26)
@pytest.mark.parametrize(
    ("kind", "tracking", "beat"),
    [
        (SOCKET, "", "X"),
        (SOCKET, TRACKING, "1|X"),
        (EVENTS, "", "data:X\r\n\r\n"),
        (EVENTS, TRACKING, "data:1|X\r\n\r\n"),
        (STREAM, "", "X"),
        (STREAM, TRACKING, "1|X"),
        (POLL, "", "X"),
        (POLL, TRACKING, "1|X"),
        (SCRIPT, "", 'cb({"message" : "X"});'),
        (SCRIPT, TRACKING, 'cb({"message" : "1|X"});'),
    ],
)
def test_heartbeat_is_data_alone_in_its_frame(kind: type[Connection], tracking: str, beat: str) -> None:
    for line in VERSIONS:
        for version in versions(line):
            assert make_connection(BACK + version + tracking, kind=kind).heartbeat() == beat


@pytest.mark.api(32)
@pytest.mark.parametrize(
    ("kind", "beat"),
    [(SOCKET, None), (EVENTS, ":\r\n\r\n"), (STREAM, None), (POLL, ""), (SCRIPT, 'cb({"message" : ""});')],
)
def test_client_mistaking_heartbeats_gets_none(kind: type[Connection], beat: str | None) -> None:
    assert make_connection("jsonpTransport=cb", kind=kind).heartbeat() == beat


@pytest.mark.atmosphere(24, 28)
@pytest.mark.parametrize("text", ["X", " X\n", "...ACK...", "\tX ", "@@/path@@X"])
def test_words_of_the_protocol_are_swallowed(text: str) -> None:
    assert read_message(text) is None


@pytest.mark.atmosphere(28, 33)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"n":1}', '{"n":1}'),
        ("", ""),
        ("XX", "XX"),
        ("x", "x"),
        ('7|{"n":1}', '7|{"n":1}'),
        ('@@/path@@{"n":1}', '{"n":1}'),
        ('@@/path@@{"n":"@@"}', '{"n":"@@"}'),
        ("@@", ""),
    ],
)
def test_everything_else_is_a_message(text: str, message: str) -> None:
    assert read_message(text) == message


@given(any_texts)
def test_no_text_from_a_client_breaks_the_conversation(text: str) -> None:
    message = read_message(text)
    assert message is None or message in text


@pytest.mark.atmosphere(21)
def test_each_frame_restarts_the_heartbeat_clock() -> None:
    connection = make_connection(LEGACY)
    connection.last_sent = NOON
    assert not connection.must_beat(NOON + timedelta(seconds=29))
    assert connection.must_beat(NOON + timedelta(seconds=30))
    connection.last_sent = NOON + timedelta(seconds=20)
    assert not connection.must_beat(NOON + timedelta(seconds=49))
    assert connection.must_beat(NOON + timedelta(seconds=50))


def test_unused_connection_counts_from_first_look() -> None:
    connection = make_connection("X-Atmosphere-tracking-id=abc&X-atmo-protocol=true&X-Atmosphere-Framework=4.0")
    assert not connection.must_beat(NOON)
    assert connection.must_beat(NOON + timedelta(seconds=30))


@pytest.mark.atmosphere(25)
@pytest.mark.parametrize(
    ("wish", "seconds"), [("0", None), ("5", 30), ("30", 30), ("45", 45), ("abc", 30), ("-1", 30), ("", 30)]
)
def test_heartbeat_wish_is_bounded_by_settings(wish: str, seconds: int | None) -> None:
    connection = make_connection(f"{LEGACY}&X-Heartbeat-Server={wish}")
    connection.last_sent = NOON
    if seconds is None:
        assert not connection.must_beat(NOON + timedelta(days=1))
    else:
        assert not connection.must_beat(NOON + timedelta(seconds=seconds - 1))
        assert connection.must_beat(NOON + timedelta(seconds=seconds))


def test_heartbeats_go_on_after_the_clock_is_set_back() -> None:
    connection = make_connection(LEGACY)
    connection.last_sent = NOON
    back = NOON - timedelta(hours=1)
    assert not connection.must_beat(back)
    assert connection.must_beat(back + timedelta(seconds=30))
