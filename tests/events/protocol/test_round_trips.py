"""Whatever a message holds and wherever the network cuts, clients read what was written (atmosphere §4, §5)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.protocol.connection import (
    Connection,
    EventStreamConnection,
    PollConnection,
    ScriptPollConnection,
    StreamConnection,
)
from events.protocol.framing import with_single_breaks
from tests.events.builders import FRESH_ID, LEGACY, make_connection
from tests.events.readers import (
    EventSourceReader,
    LengthReader,
    decode,
    from_units,
    read_call,
    read_handshake,
    utf16_units,
)
from tests.strategies import any_texts, awkward_texts, pieces, pieces_of_framed

NEW = LEGACY + "&X-Atmosphere-Transport=any"
TRACKING = NEW + "&X-Atmosphere-TrackMessageSize=true"
EVERY_KIND = pytest.mark.parametrize(
    "kind", [Connection, EventStreamConnection, StreamConnection, PollConnection, ScriptPollConnection]
)


def some(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """A few messages; an empty one is never sent (atmosphere §4)."""
    return st.lists(texts.filter(bool), min_size=1, max_size=6)


@pytest.mark.atmosphere(29, 31)
@pytest.mark.parametrize("kind", [Connection, StreamConnection, PollConnection])
@given(messages=some(any_texts), data=st.data())
def test_framed_text_survives_cut_code_units(kind: type[Connection], messages: list[str], data: st.DataObject) -> None:
    connection = make_connection(TRACKING, kind=kind)
    frames = ["".join(utf16_units(connection.frame(message))) for message in messages]
    reader = LengthReader()
    cut = data.draw(pieces_of_framed(frames, "|"))
    assert [message for piece in cut for message in reader.feed(piece)] == [from_units(m) for m in messages]


@pytest.mark.atmosphere(29, 30, 31)
@pytest.mark.parametrize("kind", [StreamConnection, PollConnection])
@given(messages=some(awkward_texts), data=st.data())
def test_framed_stream_survives_cut_bytes(kind: type[Connection], messages: list[str], data: st.DataObject) -> None:
    connection = make_connection(TRACKING, kind=kind)
    frames = [connection.frame(message).encode() for message in messages]
    reader = LengthReader()
    # A piece may be a part of one character, and empty text as such.
    texts = [text for text in decode(data.draw(pieces_of_framed(frames, b"|"))) if text]
    assert [message for text in texts for message in reader.feed(text)] == messages


@pytest.mark.atmosphere(41)
@given(messages=some(awkward_texts), data=st.data())
def test_event_stream_returns_line_feeds_for_breaks(messages: list[str], data: st.DataObject) -> None:
    connection = make_connection(NEW, kind=EventStreamConnection)
    stream = "".join(map(connection.frame, messages)).encode()
    reader = EventSourceReader()
    found = [event for text in decode(data.draw(pieces(stream))) for event in reader.feed(text)]
    assert found == [with_single_breaks(message) for message in messages]


@pytest.mark.atmosphere(29, 30, 41)
@given(messages=some(awkward_texts), data=st.data())
def test_event_stream_lengths_match_arriving_text(messages: list[str], data: st.DataObject) -> None:
    connection = make_connection(TRACKING, kind=EventStreamConnection)
    stream = "".join(map(connection.frame, messages)).encode()
    events, lengths = EventSourceReader(), LengthReader()
    arrived = [event for text in decode(data.draw(pieces(stream))) for event in events.feed(text)]
    found = [message for event in arrived for message in lengths.feed(event)]
    assert found == [with_single_breaks(message) for message in messages]


@pytest.mark.atmosphere(47)
@given(message=any_texts)
def test_script_hands_any_text_to_the_client(message: str) -> None:
    connection = make_connection(NEW + "&jsonpTransport=atmosphere123", kind=ScriptPollConnection)
    assert read_call("atmosphere123", connection.body([message])) == from_units(utf16_units(message))


@pytest.mark.atmosphere(29, 47)
@given(messages=some(any_texts))
def test_script_hands_over_a_batch_with_lengths(messages: list[str]) -> None:
    connection = make_connection(TRACKING + "&jsonpTransport=cb", kind=ScriptPollConnection)
    found = LengthReader().feed(read_call("cb", connection.body(messages)))
    assert found == [from_units(utf16_units(message)) for message in messages]


@pytest.mark.atmosphere(30, 36)
@given(messages=some(any_texts))
def test_poll_body_carries_batch_with_lengths(messages: list[str]) -> None:
    body = make_connection(TRACKING, kind=PollConnection).body(messages)
    assert LengthReader().feed(body) == [from_units(utf16_units(message)) for message in messages]


@pytest.mark.atmosphere(30, 32)
@pytest.mark.parametrize("kind", [Connection, StreamConnection, PollConnection])
@given(message=any_texts)
def test_message_without_a_length_travels_as_it_is(kind: type[Connection], message: str) -> None:
    assert make_connection(NEW, kind=kind).frame(message) == message


@EVERY_KIND
@pytest.mark.atmosphere(12, 13, 23, 30)
@pytest.mark.parametrize("query", [NEW, TRACKING], ids=["plain", "tracking"])
@given(messages=some(awkward_texts))
def test_client_reads_the_whole_conversation(kind: type[Connection], query: str, messages: list[str]) -> None:
    """The handshake first and alone, then the messages; heartbeats between them are swallowed."""
    assume(all(message.strip() not in ("", "X") for message in messages))
    connection = make_connection(query, kind=kind)
    first, *others = [text for write in writes(connection, messages) for text in unwrap(connection, write)]
    assert read_handshake(first, tracks_size=query is TRACKING) == (FRESH_ID, "30000", "X")
    if query is TRACKING:
        lengths = LengthReader()
        others = [message for text in others for message in lengths.feed(text)]
    expected = map(with_single_breaks, messages) if kind is EventStreamConnection else messages
    assert [message for message in others if message.strip() != "X"] == list(expected)


def writes(connection: Connection, messages: list[str]) -> list[str]:
    """What is written for a new client, each bit by itself, with a heartbeat after every message."""
    beat = connection.heartbeat()
    assert beat is not None
    if isinstance(connection, PollConnection):
        handshake = connection.handshake()
        assert handshake is not None
        texts = [handshake, *messages]
        return [connection.body([text]) for text in texts] + [beat]
    return [connection.opening()] + [write for message in messages for write in (connection.frame(message), beat)]


def unwrap(connection: Connection, write: str) -> list[str]:
    """What the transport's own reader makes of it."""
    if isinstance(connection, EventStreamConnection):
        return EventSourceReader().feed(write)
    return [read_call("", write)] if isinstance(connection, ScriptPollConnection) else [write]
