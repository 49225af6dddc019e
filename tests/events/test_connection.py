"""The Atmosphere conversation of one connection, with the time as an argument (protocol sheet 2, 3, 7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events.builders import FRESH_ID, LEGACY, NOON, make_connection

HANDSHAKE = f"{FRESH_ID}|30000|X|"
PROTOCOL = "X-atmo-protocol=true&X-Atmosphere-Framework="
BACK = "X-Atmosphere-tracking-id=abc&" + PROTOCOL


@pytest.mark.atmosphere(11, 16)
@pytest.mark.parametrize(
    ("query", "frames"),
    [
        ("", []),
        ("X-Atmosphere-tracking-id=0", []),
        ("X-Atmosphere-tracking-id=0&X-Atmosphere-Framework=2.3.8-javascript", []),
        ("X-atmo-protocol=true", [HANDSHAKE]),
        (LEGACY, [HANDSHAKE]),
        ("X-Atmosphere-tracking-id=0&" + PROTOCOL + "2.3.0", [HANDSHAKE]),
        ("X-Atmosphere-tracking-id=a|b&" + PROTOCOL + "2.3.8-javascript", [HANDSHAKE]),
    ],
)
def test_handshake_comes_only_without_an_id_and_with_the_protocol(query: str, frames: list[str]) -> None:
    assert make_connection(query).open() == frames


@pytest.mark.atmosphere(17)
@pytest.mark.parametrize("version", ["5.0.7", "5.0.45", "6.0.0"])
def test_typescript_client_gets_its_handshake_again_when_it_is_back(version: str) -> None:
    assert make_connection(BACK + version).open() == ["abc|30000|X|"]


@pytest.mark.atmosphere(53)
@pytest.mark.parametrize("version", ["2.3.8-javascript", "3.1.3-javascript", "4.0.1"])
def test_legacy_client_that_is_back_gets_a_heartbeat_first(version: str) -> None:
    assert make_connection(BACK + version).open() == ["X"]


@pytest.mark.atmosphere(16)
@pytest.mark.parametrize("version", ["2.3.0", "4.0"])
def test_jvm_client_that_is_back_gets_nothing_first(version: str) -> None:
    assert make_connection(BACK + version).open() == []


@pytest.mark.parametrize("query", [f"X-Atmosphere-tracking-id={i}&{PROTOCOL}2.2.0-javascript" for i in ("0", "abc")])
def test_outdated_client_gets_neither_handshake_nor_heartbeat(query: str) -> None:
    connection = make_connection(query)
    assert connection.open() == []
    connection.note_sent(NOON)
    assert not connection.must_beat(NOON + timedelta(days=1))


@pytest.mark.atmosphere(12)
def test_handshake_says_the_client_heartbeat_of_the_settings() -> None:
    assert make_connection(LEGACY, client_heartbeat_ms=0).open() == [f"{FRESH_ID}|0|X|"]


@pytest.mark.atmosphere(30)
@pytest.mark.parametrize(("tracking", "frame"), [("", "X"), ("&X-Atmosphere-TrackMessageSize=true", "1|X")])
def test_every_message_is_framed_when_the_client_tracks_sizes_and_none_otherwise(tracking: str, frame: str) -> None:
    connection = make_connection(LEGACY + tracking)
    assert connection.frame("X") == frame


@pytest.mark.atmosphere(24, 28)
@pytest.mark.parametrize("text", ["X", " X\n", "...ACK...", "\tX "])
def test_words_of_the_protocol_are_swallowed(text: str) -> None:
    assert make_connection().receive(text) is None


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
    assert make_connection().receive(text) == message


@given(st.text())
def test_no_text_from_a_client_breaks_the_conversation(text: str) -> None:
    message = make_connection().receive(text)
    assert message is None or message in text


@pytest.mark.atmosphere(21)
def test_heartbeat_is_due_after_silence_and_each_frame_restarts_the_clock() -> None:
    connection = make_connection(LEGACY)
    connection.note_sent(NOON)
    assert not connection.must_beat(NOON + timedelta(seconds=29))
    assert connection.must_beat(NOON + timedelta(seconds=30))
    connection.note_sent(NOON + timedelta(seconds=20))
    assert not connection.must_beat(NOON + timedelta(seconds=49))
    assert connection.must_beat(NOON + timedelta(seconds=50))


def test_connection_on_which_nothing_was_sent_counts_from_the_first_look() -> None:
    connection = make_connection("X-Atmosphere-tracking-id=abc&X-atmo-protocol=true&X-Atmosphere-Framework=4.0")
    assert not connection.must_beat(NOON)
    assert connection.must_beat(NOON + timedelta(seconds=30))


@pytest.mark.contract(32)
def test_plain_client_gets_no_heartbeat() -> None:
    connection = make_connection("")
    connection.note_sent(NOON)
    assert not connection.must_beat(NOON + timedelta(days=1))


@pytest.mark.atmosphere(25)
@pytest.mark.parametrize(
    ("wish", "seconds"), [("0", None), ("5", 30), ("30", 30), ("45", 45), ("abc", 30), ("-1", 30), ("", 30)]
)
def test_wish_for_a_heartbeat_is_granted_but_not_below_the_settings(wish: str, seconds: int | None) -> None:
    connection = make_connection(f"{LEGACY}&X-Heartbeat-Server={wish}")
    connection.note_sent(NOON)
    if seconds is None:
        assert not connection.must_beat(NOON + timedelta(days=1))
    else:
        assert not connection.must_beat(NOON + timedelta(seconds=seconds - 1))
        assert connection.must_beat(NOON + timedelta(seconds=seconds))
