"""The text around messages, read back as the clients read it (protocol sheet 2 to 4)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.protocol.framing import handshake, utf16_length, with_length
from events.protocol.messages import encode
from tests.javascript import read_frames_as_javascript


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


@given(st.text())
def test_unpaired_surrogates_are_counted_as_one_unit(text: str) -> None:
    length, _, rest = with_length(text).partition("|")
    assert int(length) == sum(2 if ord(character) > 0xFFFF else 1 for character in rest)


@pytest.mark.atmosphere(12, 18, 20)
def test_handshake_is_id_interval_and_padding_each_behind_a_delimiter() -> None:
    tracking_id = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
    assert handshake(tracking_id, 30_000) == f"{tracking_id}|30000|X|"
    assert with_length(handshake(tracking_id, 30_000)) == f"45|{tracking_id}|30000|X|"


@pytest.mark.contract(35)
@given(st.recursive(st.none() | st.text() | st.integers(), lambda j: st.lists(j) | st.dictionaries(st.text(), j)))
def test_document_is_ascii_without_a_bar_and_reads_back_the_same(document: object) -> None:
    text = encode(document)
    assert text.isascii()
    assert "|" not in text
    assert json.loads(text) == document
