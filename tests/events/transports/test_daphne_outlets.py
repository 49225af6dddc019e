"""Writing past daphne: to a connection that is Twisted's, as far as it matters here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from events.protocol.close_codes import CLOSE_NORMAL, CLOSE_TRY_AGAIN_LATER
from events.transports import _daphne
from events.transports._daphne import CLOSE_FRAME, DaphneBodyOutlet, DaphneOutlet, DaphneSocketOutlet
from events.transports._frames import PING, encode_chunk
from events.transports._line import StallWatch

BOTH = pytest.mark.parametrize("kind", ["websocket", "response"])


class FakeConnection:
    """A connection with a buffer of its own, as one that encrypts has it."""

    def __init__(self) -> None:
        self.written = b""
        self.producer: Any = None
        self.is_reading = True
        self.aborted = asyncio.Event()

    def abortConnection(self) -> None:
        self.aborted.set()

    def write(self, data: bytes) -> None:
        self.written += data

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        assert self.producer is None
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.is_reading = False

    def resumeProducing(self) -> None:
        self.is_reading = True


class FakePlainConnection(FakeConnection):
    """A connection that writes to a socket, and keeps what that does not take."""

    def __init__(self, end: Any) -> None:
        super().__init__()
        self.socket = end
        self.dataBuffer = b""
        self.offset = self._tempDataLen = 0
        self._tempDataBuffer: list[bytes] = []


class FakeSocketProtocol:
    """daphne's side of a websocket that is open."""

    STATE_OPEN, STATE_CLOSING = 3, 2

    def __init__(self, connection: FakeConnection) -> None:
        self.transport = connection
        self.state = self.STATE_OPEN
        self.failByDrop = True
        self._perMessageCompress: Any = None
        self.closed_with: list[int] = []
        self.answered: list[tuple[int | None, bytes | None]] = []
        self.application_queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.inside_message, self.message_data_total_length = False, 0
        self.server = SimpleNamespace(ping_interval=20, ping_timeout=30, websocket_timeout=-1)
        self.data, self.current_frame = b"", None
        self.heard = b""
        self.is_dropped = self.is_over = False
        self.is_to_be_reaped = False

    def check_timeouts(self) -> None:
        raise AssertionError("daphne looks at it as well")

    def dataReceived(self, data: bytes) -> None:
        raise AssertionError("autobahn writes a line of its log of it")

    def _dataReceived(self, data: bytes) -> None:
        self.heard += data

    def onAutoPingTimeout(self) -> None:
        self.is_dropped = True
        self.lose()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.is_to_be_reaped = True

    def serverClose(self) -> None:
        self.is_over = True
        self.lose()

    def sendCloseFrame(self, *, code: int) -> None:
        self.closed_with.append(code)
        self.lose()

    def onCloseFrame(self, code: int | None, reason: bytes | None) -> None:
        self.answered.append((code, reason))
        self.lose()

    def lose(self) -> None:
        self.state = self.STATE_CLOSING


class FakeRequest:
    """daphne's side of a request whose answer goes on."""

    def __init__(self, connection: FakeConnection) -> None:
        self.channel = self
        self.transport = connection
        self.finished = 0
        self._disconnected = False
        self.chunked = 1
        self.registerProducer = connection.registerProducer
        self.unregisterProducer = connection.unregisterProducer

    def lose(self) -> None:
        self._disconnected = True


class Line:
    """One connection behind daphne, with its outlet, as the outlet's tests see it."""

    def __init__(self, kind: str, connection: FakeConnection | None = None) -> None:
        self.connection = connection or FakeConnection()
        self.sent: list[dict[str, Any]] = []
        self.peer: Any = FakeSocketProtocol(self.connection) if kind == "websocket" else FakeRequest(self.connection)
        self.outlet: DaphneOutlet = (
            DaphneSocketOutlet(self.peer) if kind == "websocket" else DaphneBodyOutlet(self.send, self.peer)
        )

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def socket_outlet(self) -> DaphneSocketOutlet:
        assert isinstance(self.outlet, DaphneSocketOutlet)
        return self.outlet

    def frame(self, text: str) -> bytes:
        return self.outlet._encode(text)


class FullSocket:
    def send(self, data: bytes) -> int:
        raise BlockingIOError


class OneCall:
    """A socket that may be written to once."""

    def __init__(self, end: socket.socket) -> None:
        self._left = [end]

    def send(self, data: bytes) -> int:
        return self._left.pop().send(data)


class BrokenSocket:
    def send(self, data: bytes) -> int:
        raise ConnectionResetError


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        yield here, there


@BOTH
async def test_each_text_is_its_own_frame(kind: str) -> None:
    line = Line(kind)
    for text in ("one", "é", "x" * 70_000):
        line.connection.written = b""
        assert line.outlet.send(text)
        assert line.connection.written == line.frame(text)
        assert text.encode() in line.frame(text)


async def test_texts_that_wait_go_in_one_call_to_the_system(pair: Any) -> None:
    here, there = pair
    line = Line("websocket", FakePlainConnection(OneCall(here)))
    assert line.socket_outlet.send_all(["one", "é", "three"])
    assert there.recv(1000) == b"".join(map(line.frame, ["one", "é", "three"]))


async def test_older_http_response_has_no_chunks() -> None:
    line = Line("response")
    assert line.frame("é") == encode_chunk("é")
    line.peer.chunked = 0
    assert line.outlet.send("é")
    assert line.connection.written == "é".encode()


@BOTH
async def test_empty_socket_takes_text_at_once(kind: str, pair: Any) -> None:
    here, there = pair
    line = Line(kind, FakePlainConnection(here))
    assert line.outlet.send("one")
    assert there.recv(1000) == line.frame("one")
    assert line.connection.written == b""


@BOTH
@pytest.mark.parametrize("why", ["the socket is full", "something waits", "something else waits"])
async def test_rest_of_a_write_goes_to_the_buffer(kind: str, why: str, pair: Any) -> None:
    connection = FakePlainConnection(FullSocket() if why == "the socket is full" else pair[0])
    if why == "something waits":
        connection.dataBuffer = b"before"
    elif why == "something else waits":
        connection._tempDataBuffer = [b"before"]
    line = Line(kind, connection)
    assert line.outlet.send("one")
    assert line.connection.written == line.frame("one")


@BOTH
async def test_socket_that_breaks_is_gone(kind: str) -> None:
    line = Line(kind, FakePlainConnection(BrokenSocket()))
    assert not line.outlet.send("one")
    assert line.outlet.is_gone
    assert line.connection.written == b""


@BOTH
async def test_full_connection_takes_nothing_until_it_has_room(kind: str) -> None:
    line = Line(kind)
    line.connection.producer.pauseProducing()
    assert not line.outlet.send("one")
    assert not line.outlet.is_gone
    waiting = asyncio.create_task(line.outlet.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    line.connection.producer.resumeProducing()
    async with asyncio.timeout(5):
        await waiting
    assert line.outlet.send("one")
    assert line.connection.written == line.frame("one")


async def test_websocket_is_not_read_while_it_is_full() -> None:
    line = Line("websocket")
    line.connection.producer.pauseProducing()
    assert not line.connection.is_reading
    line.connection.producer.resumeProducing()
    assert line.connection.is_reading
    assert line.peer.failByDrop is False


async def test_websocket_is_not_read_while_busy() -> None:
    line = Line("websocket")
    with line.socket_outlet.reading_nothing():
        assert not line.connection.is_reading
    assert line.connection.is_reading


async def test_websocket_is_read_again_when_idle() -> None:
    line = Line("websocket")
    with line.socket_outlet.reading_nothing():
        line.connection.producer.pauseProducing()
        line.connection.producer.resumeProducing()
        assert not line.connection.is_reading
        line.connection.producer.pauseProducing()
    assert not line.connection.is_reading
    line.connection.producer.resumeProducing()
    assert line.connection.is_reading


async def test_websocket_is_read_again_with_an_empty_queue() -> None:
    line = Line("websocket")
    line.peer.application_queue.put_nowait({"type": "websocket.receive", "text": "another command"})
    with line.socket_outlet.reading_nothing():
        pass
    assert not line.connection.is_reading
    with line.socket_outlet.reading_nothing():
        line.peer.application_queue.get_nowait()
    assert line.connection.is_reading


async def test_settings_bound_the_websockets_message_length(settings: Any) -> None:
    settings.MAX_MESSAGE_BYTES = 4711
    peer = Line("websocket").peer
    assert (peer.maxMessagePayloadSize, peer.maxFramePayloadSize) == (4711, 4711)


@BOTH
async def test_connection_lost_while_full_frees_its_writer(kind: str) -> None:
    line = Line(kind)
    line.connection.producer.pauseProducing()
    line.connection.producer.stopProducing()
    async with asyncio.timeout(5):
        await line.outlet.wait()
    assert line.outlet.is_gone
    assert not line.outlet.send("one")


@BOTH
async def test_connection_that_daphne_ended_is_gone(kind: str) -> None:
    line = Line(kind)
    line.peer.lose()
    assert line.outlet.is_gone
    assert not line.outlet.send("one")
    assert line.connection.written == b""


async def test_response_that_is_finished_is_gone() -> None:
    line = Line("response")
    line.peer.finished = 1
    assert line.outlet.is_gone


async def test_websocket_ends_with_one_close_frame() -> None:
    line = Line("websocket")
    for _ in range(2):
        line.outlet.end(CLOSE_TRY_AGAIN_LATER)
    assert line.peer.closed_with == [CLOSE_TRY_AGAIN_LATER]
    assert not line.outlet.send("late")


@pytest.mark.parametrize(("code", "reason"), [(CLOSE_NORMAL, b"enough"), (None, None)])
async def test_close_frame_is_answered_in_its_turn(code: int | None, reason: bytes | None) -> None:
    line = Line("websocket")
    command = {"type": "websocket.receive", "text": "a command"}
    line.peer.application_queue.put_nowait(command)
    line.peer.onCloseFrame(code, reason)
    assert line.peer.answered == []
    assert line.outlet.send("the answer")
    assert line.peer.application_queue.get_nowait() == command
    behind = line.peer.application_queue.get_nowait()
    assert behind["type"] == CLOSE_FRAME
    behind["answer"]()
    assert line.peer.answered == [(code, reason)]


async def test_answered_close_frame_ends_the_connection() -> None:
    line = Line("websocket")
    line.outlet.end(CLOSE_NORMAL)
    line.peer.onCloseFrame(CLOSE_NORMAL, None)
    assert line.peer.answered == [(CLOSE_NORMAL, None)]
    assert line.peer.application_queue.empty()


async def test_response_ends_the_way_of_asgi() -> None:
    line = Line("response")
    line.outlet.end(CLOSE_NORMAL)
    assert not line.outlet.send("late")
    async with asyncio.timeout(5):
        while not line.sent:
            await asyncio.sleep(0)
    assert line.sent == [{"type": "http.response.body", "body": b""}]
    assert line.connection.producer is None


async def test_ending_a_gone_response_is_silent() -> None:
    line = Line("response")
    line.peer.lose()
    line.outlet.end(CLOSE_NORMAL)
    await asyncio.sleep(0)
    assert line.sent == []
    await line.outlet.wait()


# Silent clients

PONG = b"\x8a\x80mask"


class Hour:
    """A websocket from second 0 on, looked at each second; `line` begins it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, connection: FakeConnection | None = None) -> None:
        self._monkeypatch = monkeypatch
        self.set_clock(0)
        self.line = Line("websocket", connection)

    def set_clock(self, second: float) -> None:
        self._monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: float(second))

    def pass_until(self, last: int, first: int) -> int | None:
        """The second in which the websocket was cut, if it was."""
        for second in range(first, last + 1):
            self.set_clock(second)
            self.line.socket_outlet.break_silence(second)
            if self.line.peer.is_dropped:
                return second
        return None


@pytest.fixture
async def hour(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Hour:
    """Of a websocket that may say and take nothing for 300 seconds, with a machine at the other end."""
    settings.CLIENT_STALL_S = 300
    monkeypatch.setattr(_daphne, "is_unreachable", lambda connection, after_s: False)
    return Hour(monkeypatch, FakePlainConnection(FullSocket()))


async def test_websocket_that_answers_no_ping_is_cut_in_the_end(hour: Hour) -> None:
    assert hour.pass_until(1000, 1) == 330, "the first look at which it has been silent for 300 s since the first ping"
    assert hour.line.connection.written == PING * 16


async def test_pong_is_an_answer_and_goes_no_further(hour: Hour) -> None:
    for second in range(20, 1000, 20):
        assert hour.pass_until(second, second - 19) is None
        hour.line.peer.dataReceived(PONG)
    assert hour.line.peer.heard == b""


@pytest.mark.parametrize("how", ["behind half a header", "in the midst of a frame", "with something in it"])
async def test_what_only_looks_like_a_pong_is_read(hour: Hour, how: str) -> None:
    peer, data = hour.line.peer, PONG
    match how:
        case "behind half a header":
            peer.data = b"\x81"
        case "in the midst of a frame":
            peer.current_frame = object()
        case _:
            data = b"\x8a\x81mask!"
    peer.dataReceived(data)
    assert peer.heard == data


@pytest.mark.parametrize("sign", ["it says something", "it takes something"])
async def test_sign_of_life_begins_the_wait_anew(hour: Hour, sign: str) -> None:
    connection = hour.line.connection
    assert isinstance(connection, FakePlainConnection)
    connection._tempDataLen = 1000
    assert hour.pass_until(250, 1) is None
    if sign == "it says something":
        hour.line.peer.dataReceived(b"something")
    else:
        connection._tempDataLen -= 1
    assert hour.pass_until(540, 251) is None
    connection._tempDataLen += 10  # another ping
    assert hour.pass_until(1000, 541) in range(550, 600)


async def test_unreachable_machine_is_given_up_at_once(hour: Hour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_daphne, "is_unreachable", lambda connection, after_s: True)
    assert hour.pass_until(100, 1) == 50, "thirty seconds after the first ping"


async def test_websocket_lasts_as_long_as_daphne_is_told() -> None:
    peer = Line("websocket").peer
    peer.server.websocket_timeout = 30
    begin = asyncio.get_running_loop().time()
    outlet = DaphneSocketOutlet(peer)
    assert outlet.break_silence(begin + 21) is not None
    assert outlet.break_silence(begin + 31) is None
    assert peer.is_over


async def test_websocket_that_ended_is_looked_at_no_more() -> None:
    line = Line("websocket")
    line.peer.onClose(True, CLOSE_NORMAL, None)
    assert line.peer.is_to_be_reaped
    line.peer.lose()
    assert line.socket_outlet.break_silence(1e9) is None


@BOTH
async def test_full_connection_of_which_nothing_is_taken_is_cut(kind: str, settings: Any) -> None:
    settings.CLIENT_STALL_S = 0.01
    connection = FakePlainConnection(FullSocket())
    Line(kind, connection)
    connection.producer.pauseProducing()
    async with asyncio.timeout(20):
        await connection.aborted.wait()


async def test_full_connection_that_is_read_is_left_alone(settings: Any) -> None:
    settings.CLIENT_STALL_S = 300
    cuts: list[str] = []
    held = iter([1000, 999, 999, 999])
    watch = StallWatch(lambda: next(held), lambda: cuts.append("cut"))
    watch.begin()
    watch._judge(1000)
    assert cuts == []
    watch._judge(999)
    assert cuts == ["cut"]
    watch.stop()


# What is held


async def test_outlet_tells_what_waits_and_what_came_in_part() -> None:
    connection = FakePlainConnection(FullSocket())
    line = Line("websocket", connection)
    connection.dataBuffer, connection.offset, connection._tempDataLen = b"12345", 2, 40
    assert line.outlet.held_bytes == 43
    line.peer.inside_message, line.peer.message_data_total_length = True, 500
    assert line.outlet.held_bytes == 543
