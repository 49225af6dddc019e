"""The text around messages (atmosphere §2 to §5)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.protocol.framing import (
    POLL_PADDING,
    STREAM_PADDING,
    handshake,
    jsonp_call,
    sse_event,
    utf16_length,
    with_length,
    with_single_breaks,
)
from events.protocol.messages import encode
from tests.javascript import read_frames_as_javascript
from tests.strategies import any_texts


@pytest.mark.atmosphere(29)
@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("abc", 3), ("é", 1), ("😀", 2), ('{"m":"hi|é😀"}', 14), ("\ud83d", 1), ('{"n":"😀"}', 10)],
)
def test_length_is_counted_in_utf16_code_units(text: str, length: int) -> None:
    assert utf16_length(text) == length
    assert with_length(text) == f"{length}|{text}"


@pytest.mark.atmosphere(29, 30)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_client_recovers_every_message_of_a_frame(messages: list[str]) -> None:
    # The delimiter's bytes may also straddle two units; the reader looks for it in the length only, which is ASCII.
    assert read_frames_as_javascript("".join(with_length(message) for message in messages)) == messages


@pytest.mark.atmosphere(29)
@given(any_texts)
def test_unpaired_surrogates_are_counted_as_one_unit(text: str) -> None:
    length, _, rest = with_length(text).partition("|")
    assert int(length) == sum(2 if ord(character) > 0xFFFF else 1 for character in rest)


@pytest.mark.atmosphere(12, 18, 20)
def test_handshake_is_id_interval_and_padding() -> None:
    tracking_id = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
    assert handshake(tracking_id, 30_000) == f"{tracking_id}|30000|X|"
    assert with_length(handshake(tracking_id, 30_000)) == f"45|{tracking_id}|30000|X|"


@pytest.mark.atmosphere(41)
@pytest.mark.parametrize(
    ("text", "event"),
    [
        ('{"n":1}', 'data:{"n":1}\r\n\r\n'),
        ("line one\nline two", "data:line one\r\ndata:line two\r\n\r\n"),
        ("a\r\nb\rc", "data:a\r\ndata:b\r\ndata:c\r\n\r\n"),
        ("a\n\nb\n", "data:a\r\ndata:\r\ndata:b\r\ndata:\r\n\r\n"),
        ("a\u2028b\x85c\x0bd", "data:a\u2028b\x85c\x0bd\r\n\r\n"),
        (" a\n  b", "data:  a\r\ndata:   b\r\n\r\n"),
        ("", "data:\r\n\r\n"),
    ],
)
def test_server_sent_event_has_field_per_line(text: str, event: str) -> None:
    assert sse_event(text) == event


@pytest.mark.atmosphere(29, 41)
@pytest.mark.parametrize(
    ("text", "expected"), [("a\r\nb", "a\nb"), ("\r\r\n\n", "\n\n\n"), ("a\n\rb", "a\n\nb"), ("", "")]
)
def test_line_breaks_become_what_the_client_counts(text: str, expected: str) -> None:
    assert with_single_breaks(text) == expected


@pytest.mark.atmosphere(47)
@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("U|0|X|", 'atmosphere1({"message" : "U|0|X|"});'),
        ('{"n":"é"}', 'atmosphere1({"message" : "{\\"n\\":\\"\\u00e9\\"}"});'),
        ("a\u2028b\n", 'atmosphere1({"message" : "a\\u2028b\\n"});'),
    ],
)
def test_script_calls_the_function_of_the_client(text: str, script: str) -> None:
    assert jsonp_call("atmosphere1", text) == script


@pytest.mark.atmosphere(34, 40)
def test_padding_is_a_long_whitespace_line() -> None:
    for padding in (POLL_PADDING, STREAM_PADDING):
        assert padding.isspace()
        assert padding.endswith("\n")
    assert len(STREAM_PADDING) > 1024


@pytest.mark.api(35)
@given(st.recursive(st.none() | st.text() | st.integers(), lambda j: st.lists(j) | st.dictionaries(st.text(), j)))
def test_document_reads_back_from_ascii_without_bars(document: object) -> None:
    text = encode(document)
    assert text.isascii()
    assert "|" not in text
    assert json.loads(text) == document
