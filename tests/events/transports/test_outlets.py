"""The ways out of a websocket and of a response."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import daphne.http_protocol
import daphne.ws_protocol
import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Opcode
from websockets.uri import parse_uri

from events.transports._asgi import AsgiBodyOutlet, AsgiOutlet, AsgiSocketOutlet
from events.transports._frames import chunk, deflated_frame, encode_chunk, encode_text_frame, text_frame
from events.transports._outlets import body_outlet, socket_outlet

CLOSE = {"type": "websocket.close", "code": 1013}
LAST = {"type": "http.response.body", "body": b""}
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BOTH = pytest.mark.parametrize(
    ("make_outlet", "text_of", "last"),
    [
        (AsgiSocketOutlet, lambda message: message["text"], CLOSE),
        (AsgiBodyOutlet, lambda message: message["body"].decode(), LAST),
    ],
    ids=["websocket", "response"],
)
texts = st.text(st.characters(codec="utf-8"), min_size=1) | st.integers(120, 70_000).map("é".__mul__)


class Server:
    """The send of an ASGI server that holds each message until it is let through."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gate = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        await self.gate.wait()
        self.sent.append(message)


@pytest.fixture
async def server() -> Server:
    return Server()


@given(texts)
def test_text_frame_is_read_back_by_another_implementation(text: str) -> None:
    peer = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None)
    peer.state = peer.state.OPEN
    peer.parser = peer.parse()
    next(peer.parser)
    peer.receive_data(encode_text_frame(text))
    [frame] = peer.events_received()
    assert (frame.opcode, frame.fin, frame.data.decode()) == (Opcode.TEXT, True, text)
    assert text_frame(text) == encode_text_frame(text)


@given(st.lists(texts | st.text("ab", min_size=200), min_size=1, max_size=3))
def test_compressed_frames_are_read_back_one_by_one_by_another_implementation(written: list[str]) -> None:
    peer = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None)
    peer.state = peer.state.OPEN
    peer.extensions = [PerMessageDeflate(False, True, 15, 15)]
    peer.parser = peer.parse()
    next(peer.parser)
    for text in written:
        peer.receive_data(deflated_frame(text))
        [frame] = peer.events_received()
        assert (frame.opcode, frame.fin, frame.data.decode()) == (Opcode.TEXT, True, text)


def test_what_repeats_itself_takes_fewer_bytes_compressed() -> None:
    text = json.dumps([{"latitude": 47.5 + n / 1000, "longitude": 19.0, "speed": n} for n in range(20)])
    assert len(deflated_frame(text)) < len(text_frame(text)) / 2
    assert deflated_frame(text) is deflated_frame(text)
    assert deflated_frame("ok") == text_frame("ok")


@given(st.lists(texts, min_size=1, max_size=3))
def test_chunks_are_read_back_by_another_implementation(written: list[str]) -> None:
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method="GET", target="/", headers=[("Host", "fleet.example")]))
    peer.send(h11.EndOfMessage())
    peer.receive_data(HEAD)
    assert isinstance(peer.next_event(), h11.Response)
    for text in written:
        peer.receive_data(encode_chunk(text))
        event = peer.next_event()
        assert (bytes(event.data).decode(), event.chunk_start, event.chunk_end) == (text, True, True)
        assert chunk(text) == encode_chunk(text)


# What every ASGI server offers


@BOTH
async def test_asgi_outlet_takes_one_text_at_a_time(
    server: Server, make_outlet: type[AsgiOutlet], text_of: Callable[[Any], str], last: Any
) -> None:
    outlet = make_outlet(server.send)
    assert outlet.send("one")
    assert not outlet.send("two")
    server.gate.set()
    await outlet.wait()
    assert outlet.send("two")
    await outlet.wait()
    assert [text_of(message) for message in server.sent] == ["one", "two"]


async def test_text_of_continuing_response_says_so(server: Server) -> None:
    server.gate.set()
    outlet = AsgiBodyOutlet(server.send)
    outlet.send("é")
    await outlet.wait()
    assert server.sent == [{"type": "http.response.body", "body": "é".encode(), "more_body": True}]


@BOTH
@pytest.mark.parametrize("under_way", [[], ["stuck"]], ids=["idle", "stuck"])
async def test_asgi_outlet_ends_behind_the_pending_text(
    server: Server, make_outlet: type[AsgiOutlet], text_of: Callable[[Any], str], last: Any, under_way: list[str]
) -> None:
    outlet = make_outlet(server.send)
    for text in under_way:
        outlet.send(text)
    outlet.end(1013)
    server.gate.set()
    async with asyncio.timeout(5):
        while last not in server.sent:
            await outlet.wait()
            await asyncio.sleep(0)
    await outlet.wait()
    assert outlet.is_gone
    assert not outlet.send("late")
    assert [text_of(message) for message in server.sent[:-1]] == under_way


@BOTH
async def test_text_for_a_gone_client_is_dropped(
    make_outlet: type[AsgiOutlet], text_of: Callable[[Any], str], last: Any
) -> None:
    async def send(message: dict[str, Any]) -> None:
        raise OSError("the client is gone")

    outlet = make_outlet(send)
    assert outlet.send("one")
    assert not outlet.is_gone
    await outlet.wait()
    assert outlet.is_gone
    assert not outlet.send("two")
    outlet.end(1013)
    await outlet.wait()


async def test_other_servers_get_the_asgi_outlet(server: Server) -> None:
    assert daphne.http_protocol
    assert daphne.ws_protocol
    for send in (server.send, partial(server.send), partial(server.send, object())):
        assert isinstance(socket_outlet(send), AsgiSocketOutlet)
        assert isinstance(body_outlet(send), AsgiBodyOutlet)


async def test_response_whose_client_has_left_is_written_to_nobody(server: Server) -> None:
    """Twisted takes the channel from a request whose connection is lost."""
    request = daphne.http_protocol.WebRequest.__new__(daphne.http_protocol.WebRequest)
    request.channel = None
    assert isinstance(body_outlet(partial(server.send, request)), AsgiBodyOutlet)


def test_long_text_that_goes_to_many_is_framed_once() -> None:
    text = "x" * 100_000
    first = text_frame(text)
    assert text_frame(text) is first
    assert text_frame(text + "y") == encode_text_frame(text + "y")
    assert text_frame(text) == first
