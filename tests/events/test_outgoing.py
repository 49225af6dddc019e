"""The ways out of a websocket."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.uri import parse_uri

from events.transports.outgoing import AsgiTransport, encode_text_frame, outgoing_transport

CLOSE = {"type": "websocket.close", "code": 1013}


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


@given(st.one_of(st.text(), st.integers(120, 70_000).map("x".__mul__)))
def test_text_frame_is_read_back_by_another_implementation(text: str) -> None:
    peer = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=None)
    peer.state = peer.state.OPEN
    peer.parser = peer.parse()
    next(peer.parser)
    peer.receive_data(encode_text_frame(text))
    [frame] = peer.events_received()
    assert (frame.opcode, frame.fin, frame.data.decode()) == (Opcode.TEXT, True, text)


async def test_asgi_transport_takes_one_frame_at_a_time(server: Server) -> None:
    transport = AsgiTransport(server.send)
    assert transport.send("one")
    assert not transport.send("two")
    server.gate.set()
    await transport.wait()
    assert transport.send("two")
    await transport.wait()
    assert [message["text"] for message in server.sent] == ["one", "two"]


@pytest.mark.parametrize("frames", [[], ["stuck"]], ids=["idle", "stuck"])
async def test_asgi_transport_closes_after_what_is_under_way(server: Server, frames: list[str]) -> None:
    transport = AsgiTransport(server.send)
    for frame in frames:
        transport.send(frame)
    transport.abort(1013)
    server.gate.set()
    while CLOSE not in server.sent:
        await transport.wait()
        await asyncio.sleep(0)
    assert [message.get("text") for message in server.sent] == [*frames, None]


async def test_frame_for_a_client_that_is_gone_is_dropped_quietly() -> None:
    async def send(message: dict[str, Any]) -> None:
        raise OSError("the client is gone")

    transport = AsgiTransport(send)
    assert transport.send("one")
    await transport.wait()
    assert transport.send("two")
    await transport.wait()


async def test_server_that_is_not_daphne_gets_the_way_of_asgi(server: Server) -> None:
    assert isinstance(outgoing_transport(server.send), AsgiTransport)
    assert isinstance(outgoing_transport(partial(server.send)), AsgiTransport)
