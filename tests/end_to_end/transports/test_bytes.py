"""What is on the wire to the byte, where clients depend on it (atmosphere §2, §5, §7.2)."""

from __future__ import annotations

import json
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.end_to_end.servers import Daphne
from tests.end_to_end.transports.client import Line
from tests.end_to_end.transports.clients import CALLBACK, PADDING
from tests.end_to_end.transports.wire import Exchange, get, post

LINES = pytest.mark.parametrize("line", Line)
FRAMED = pytest.mark.parametrize("tracks", [False, True], ids=["plain", "tracked"])
UNKNOWN_ACTION = '{"action":"delete"}'


class Caller:
    """Makes requests with the parameters of one client."""

    def __init__(self, server: Daphne, leave: ExitStack, line: Line, tracks: bool, tracking_id: str = "0") -> None:
        self.server, self.leave, self.line, self.tracks, self.tracking_id = server, leave, line, tracks, tracking_id

    def request(self, transport: str, *more: tuple[str, str], protocol: bool = True) -> Exchange:
        pairs = [("X-Atmosphere-tracking-id", self.tracking_id), ("X-Atmosphere-Framework", self.line)]
        pairs += [("X-Atmosphere-Transport", transport), *more]
        pairs += [("X-Atmosphere-TrackMessageSize", "true")] * self.tracks + [("X-atmo-protocol", "true")] * protocol
        return self.leave.enter_context(get(self.server, pairs))

    def push(self, text: str) -> None:
        pairs = [("X-Atmosphere-tracking-id", self.tracking_id), ("X-Atmosphere-Transport", "polling")]
        with post(self.server, pairs, text) as answer:
            assert answer.status == 200

    def handshake_in(self, response: Exchange) -> str:
        """The handshake that the response must hold, of the id in its header."""
        return self.framed(f"{response.headers['x-atmosphere-tracking-id']}|30000|X|")

    def framed(self, text: str) -> str:
        return f"{len(text)}|{text}" if self.tracks else text


@pytest.fixture
def new(server: Daphne, leave: ExitStack, line: Line, tracks: bool) -> Caller:
    return Caller(server, leave, line, tracks)


@pytest.fixture
def known(server: Daphne, leave: ExitStack, line: Line, tracks: bool) -> Caller:
    return Caller(server, leave, line, tracks, str(uuid4()))


def assert_message_is_all(caller: Caller, text: str) -> None:
    """Whether a text is one error message, framed as the client asked for it, and nothing else."""
    message = text
    if caller.tracks:
        length, _, message = text.partition("|")
        assert length == str(len(message))
    assert json.loads(message)["status"]["code"] == 7
    assert message[0] + message[-1] == "{}"


@LINES
@FRAMED
@pytest.mark.atmosphere(12, 13, 15, 18, 20, 35, 40)
def test_stream_handshake_is_padded_for_legacy_only(new: Caller) -> None:
    response = new.request("streaming")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["x-content-type-options"] == "nosniff"
    padding = PADDING if new.line.is_legacy else ""
    assert response.piece() == padding + new.handshake_in(response)


@LINES
@FRAMED
@pytest.mark.atmosphere(16, 17, 32, 35, 53)
def test_returning_stream_begins_as_line_expects(known: Caller) -> None:
    response = known.request("streaming")
    assert response.headers["x-atmosphere-tracking-id"] == known.tracking_id
    if known.line.is_legacy:
        assert response.piece() == PADDING
    elif known.line is Line.TYPESCRIPT:
        assert response.piece() == known.handshake_in(response)
    for _ in range(3):
        known.push(UNKNOWN_ACTION)
    for _ in range(3):
        assert_message_is_all(known, response.piece())


@LINES
@FRAMED
@pytest.mark.atmosphere(12, 13, 15, 20, 41)
def test_event_stream_begins_with_the_handshake(new: Caller) -> None:
    response = new.request("sse")
    assert response.headers["content-type"] == "text/event-stream;charset=utf-8"
    begun = response.piece() if new.line is Line.WASYNC else ""
    assert event_in(begun + response.piece()) == new.handshake_in(response)


@FRAMED
@pytest.mark.atmosphere(13, 41)
def test_wasync_reads_its_id_before_it_may_push(server: Daphne, leave: ExitStack, tracks: bool) -> None:
    caller = Caller(server, leave, Line.WASYNC, tracks)
    response = caller.request("sse")
    cut: list[str] = []
    while not cut:
        # As it does in Java, where a split leaves out the empty pieces at the end.
        cut = response.piece().strip().split("data:")
        while cut and not cut[-1]:
            cut.pop()
    assert cut[0] == caller.handshake_in(response)


@LINES
@FRAMED
@pytest.mark.atmosphere(16, 17, 22, 23, 35, 41)
def test_returning_event_stream_begins_as_line_expects(known: Caller) -> None:
    response = known.request("sse")
    assert response.status == 200
    if known.line.is_legacy:
        assert event_in(response.piece()) == known.framed("X")
    elif known.line is Line.TYPESCRIPT:
        assert event_in(response.piece()) == known.handshake_in(response)
    for _ in range(3):
        known.push(UNKNOWN_ACTION)
    for _ in range(3):
        assert_message_is_all(known, event_in(response.piece()))


def event_in(piece: str) -> str:
    """The data of the single event that a write must be: one `data:` line and a blank one."""
    text, end = piece.replace("\r\n", "\n").removeprefix("data:"), "\n\n"
    assert piece.startswith("data:") and text.endswith(end) and "\n" not in text[:-2], piece
    return text.removesuffix(end)


@LINES
@FRAMED
@pytest.mark.atmosphere(12, 13, 15, 19, 20)
def test_first_poll_is_answered_with_handshake_alone(new: Caller) -> None:
    response = new.request("long-polling")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.body() == new.handshake_in(response)


@LINES
@FRAMED
@pytest.mark.atmosphere(16, 34, 35, 36, 37)
def test_later_poll_is_held_for_one_message(known: Caller) -> None:
    response = known.request("long-polling")
    if known.line.is_legacy:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-type"].startswith("text/plain")
        assert response.piece() == "\n"
    else:
        assert response.status == 200
    known.push(UNKNOWN_ACTION)
    assert_message_is_all(known, response.body())


@LINES
@pytest.mark.atmosphere(32, 36)
@pytest.mark.parametrize("tracks", [False])
def test_poll_without_sizes_takes_one_message(known: Caller) -> None:
    for _ in range(3):
        known.push(UNKNOWN_ACTION)
    for _ in range(3):
        assert_message_is_all(known, known.request("long-polling").body().lstrip("\n"))


@LINES
@pytest.mark.atmosphere(31, 36)
@pytest.mark.parametrize("tracks", [True])
def test_poll_with_sizes_takes_what_line_allows(known: Caller) -> None:
    for _ in range(3):
        known.push(UNKNOWN_ACTION)
    count = 1 if known.line is Line.TYPESCRIPT else 3
    body = known.request("long-polling").body().lstrip("\n")
    assert len(body) % count == 0
    part = len(body) // count
    for start in range(0, len(body), part):
        assert_message_is_all(known, body[start : start + part])


@FRAMED
@pytest.mark.parametrize("line", [Line.LEGACY_2])
@pytest.mark.parametrize("name", [CALLBACK, f"(){CALLBACK}.;/*é"])
@pytest.mark.atmosphere(12, 19, 47)
def test_first_script_poll_calls_with_the_handshake(new: Caller, name: str) -> None:
    response = new.request("jsonp", ("jsonpTransport", name))
    assert response.headers["content-type"] == "application/javascript; charset=utf-8"
    assert response.body() == f'{CALLBACK}({{"message" : "{new.handshake_in(response)}"}});'


@FRAMED
@pytest.mark.parametrize("line", [Line.LEGACY_2])
@pytest.mark.atmosphere(36, 37, 47)
def test_later_script_poll_calls_with_the_message(known: Caller) -> None:
    response = known.request("jsonp", ("jsonpTransport", CALLBACK))
    assert response.headers["content-type"] == "application/javascript; charset=utf-8"
    known.push(UNKNOWN_ACTION)
    body = response.body()
    begin, end = f'{CALLBACK}({{"message" : ', "});"
    assert body.startswith(begin) and body.endswith(end)
    assert_message_is_all(known, json.loads(body[len(begin) : -len(end)]))


@LINES
@pytest.mark.parametrize("tracks", [False])
@pytest.mark.parametrize("transport", ["sse", "streaming", "long-polling"])
@pytest.mark.atmosphere(11, 16)
def test_without_the_protocol_nothing_precedes_the_first_message(
    server: Daphne, leave: ExitStack, line: Line, tracks: bool, transport: str
) -> None:
    caller = Caller(server, leave, line, tracks, str(uuid4()))
    response = caller.request(transport, protocol=False)
    assert response.status == 200
    caller.push(UNKNOWN_ACTION)
    text = event_in(response.piece()) if transport == "sse" else response.piece().lstrip()
    assert_message_is_all(caller, text or response.piece())


@pytest.mark.atmosphere(2)
@pytest.mark.parametrize(("line", "tracks"), [(Line.WASYNC, False)])
@pytest.mark.parametrize(
    ("written", "content_type"),
    [
        ("SSE", "text/event-stream;charset=utf-8"),
        ("Sse", "text/event-stream;charset=utf-8"),
        ("STREAMING", "text/plain"),
        ("long_polling", "text/plain"),
        ("LONG_POLLING", "text/plain"),
        ("Long-Polling", "text/plain"),
    ],
)
def test_transport_is_known_however_it_is_written(new: Caller, written: str, content_type: str) -> None:
    response = new.request(written)
    assert response.headers["content-type"].startswith(content_type)
    opening = response.piece()
    # An event stream opens for wAsync in two.
    assert new.handshake_in(response) in (opening if opening != "data:" else response.piece())
