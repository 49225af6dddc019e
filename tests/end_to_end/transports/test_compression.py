"""Websockets whose client reads compressed messages: what they carry is the same, in fewer bytes (decision 131)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_states import drive
from tests.end_to_end.transports.conftest import Fleet
from tests.patience import PATIENCE_S

OFFERS = [
    ClientPerMessageDeflateFactory(),
    ClientPerMessageDeflateFactory(client_max_window_bits=15),
    ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True),
]


def extensions_of(client: PlainClient) -> str:
    response = client.socket.response
    assert response is not None
    return response.headers.get("Sec-WebSocket-Extensions", "")


@pytest.fixture
def subscribed(server: Daphne, fleet: Fleet) -> Iterator[list[PlainClient]]:
    """One client that reads nothing compressed, and one for each offer; all follow the vans."""
    with ExitStack() as stack:
        plain = stack.enter_context(PlainClient(server))
        others = [stack.enter_context(PlainClient(server, extensions=[one])) for one in OFFERS]
        for client in [plain, *others]:
            client.subscribe(fleet.credential, [van.pk for van in fleet.vans])
            client.messages(len(fleet.vans))
        yield [plain, *others]


def test_what_is_compressed_reads_as_what_is_not(server: Daphne, fleet: Fleet, subscribed: list[PlainClient]) -> None:
    plain, *others = subscribed
    assert extensions_of(plain) == ""
    for client in others:
        assert "client_no_context_takeover" in extensions_of(client)
    for second in range(3):
        drive(server, fleet.vans[0], second)
        wanted = plain.message()
        assert wanted["event"] == "state"
        assert [client.message()["data"] for client in others] == [wanted["data"]] * len(others)


def test_client_that_wants_a_smaller_window_gets_its_messages_as_they_are(server: Daphne, fleet: Fleet) -> None:
    narrow = ClientPerMessageDeflateFactory(server_max_window_bits=9)
    with PlainClient(server, extensions=[narrow]) as client:
        assert extensions_of(client) == ""
        client.subscribe(fleet.credential, [fleet.vans[0].pk])
        assert client.message()["event"] == "state"


def test_message_that_grows_beyond_the_limit_ends_its_connection(server: Daphne) -> None:
    with PlainClient(server, extensions=[ClientPerMessageDeflateFactory()]) as client:
        client.socket.send(" " * 100_000_000)
        with pytest.raises(ConnectionClosed) as ended:
            client.socket.recv(timeout=PATIENCE_S)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009
