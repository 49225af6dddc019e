"""Who is refused, how, and not too soon (atmosphere §1.3, §5.1, §6.3)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.end_to_end.conftest import Start
from tests.end_to_end.servers import Daphne
from tests.end_to_end.transports.client import Line
from tests.end_to_end.transports.clients import CLIENTS, Sse, Websocket
from tests.end_to_end.transports.wire import ELSEWHERE, Exchange, get, post

LEAST_DELAY_S = 1.0
FROM_ELSEWHERE = {"Origin": "https://elsewhere.example"}
FROM_THE_MAP = {"Origin": "https://map.example"}
HELD = ["sse", "streaming", "long-polling", "jsonp"]


@contextmanager
def not_too_soon() -> Iterator[None]:
    """The block must take a second: some clients repeat what is refused at once and without end."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start >= LEAST_DELAY_S


def connect(server: Daphne, transport: str, version: str, headers: dict[str, str] | None = None) -> Exchange:
    pairs = [("X-Atmosphere-tracking-id", "0"), ("X-Atmosphere-Transport", transport), ("jsonpTransport", "f")]
    pairs += [("X-Atmosphere-Framework", version)] if version else []
    return get(server, [*pairs, ("X-atmo-protocol", "true")], headers=headers)


@pytest.mark.atmosphere(8, 38, 44)
@pytest.mark.parametrize("transport", HELD)
@pytest.mark.parametrize("version", ["2.2.0", "2.2.0-javascript", "1.0.20", "2.1"])
def test_outdated_client_expecting_handshake_is_refused(server: Daphne, transport: str, version: str) -> None:
    with not_too_soon(), connect(server, transport, version) as response:
        assert (response.status, response.body()) == (501, "")
        assert response.headers["x-atmosphere-error"] == "Atmosphere Protocol version not supported."
        assert response.headers["x-atmosphere-tracking-id"]


@pytest.mark.atmosphere(7, 11)
@pytest.mark.parametrize("transport", HELD)
@pytest.mark.parametrize(
    "version",
    ["", "2.2.1", "2.3.3-javascript", "2.10.0-javascript", "3.1.2-javascript", "4.0.2", "5.0.7", "2.3.0", "4.0"],
)
def test_every_version_in_the_field_gets_its_handshake(server: Daphne, transport: str, version: str) -> None:
    with connect(server, transport, version) as response:
        assert response.status == 200
        text = response.piece()
        text += response.piece() if text == "data:" else ""
        assert response.headers["x-atmosphere-tracking-id"] + "|30000|X|" in text


@pytest.mark.atmosphere(8, 16)
@pytest.mark.parametrize("version", ["2.2.0-javascript", "1.0"])
def test_outdated_websocket_opens_but_stays_silent(server: Daphne, leave: ExitStack, version: str) -> None:
    client = Websocket(server, more=[("X-Atmosphere-Framework", version)])
    client = leave.enter_context(client)
    client.connect()
    assert client.is_silent()


@pytest.fixture
def choosy(serve: Start) -> Daphne:
    return serve(ALLOWED_ORIGINS=FROM_THE_MAP["Origin"])


@pytest.mark.atmosphere(38, 45)
@pytest.mark.parametrize("transport", [*HELD, "polling"])
def test_unlisted_page_is_refused_over_http(choosy: Daphne, transport: str) -> None:
    with not_too_soon(), connect(choosy, transport, "5.0.7", FROM_ELSEWHERE) as response:
        assert response.status == 403
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["x-atmosphere-tracking-id"]
    with connect(choosy, transport, "5.0.7", FROM_THE_MAP) as response:
        assert response.status == 200
        assert response.headers["access-control-allow-origin"] == FROM_THE_MAP["Origin"]


@pytest.mark.atmosphere(45)
def test_unlisted_page_cannot_push_or_say_goodbye(choosy: Daphne, leave: ExitStack) -> None:
    client = leave.enter_context(Sse(choosy)).open()
    goodbye = [("X-Atmosphere-Transport", "close"), ("X-Atmosphere-tracking-id", client.tracking_id)]
    for pairs in (client.push_parameters, goodbye):
        with post(choosy, pairs, '{"action":"delete"}', headers=FROM_ELSEWHERE) as response:
            assert response.status == 403
    assert client.is_silent()


@pytest.mark.atmosphere(38)
def test_websocket_of_a_page_from_elsewhere_is_refused(choosy: Daphne, leave: ExitStack) -> None:
    with not_too_soon(), pytest.raises(InvalidStatus) as caught:
        leave.enter_context(Websocket(choosy, headers=FROM_ELSEWHERE)).connect()
    assert caught.value.response.status_code == 403
    leave.enter_context(Websocket(choosy, headers=FROM_THE_MAP)).open()


@pytest.fixture
def full(serve: Start, leave: ExitStack) -> Daphne:
    """A server that has as many connections of this address as it takes."""
    server = serve(MAX_CONNECTIONS_PER_ADDRESS="2")
    for transport in ("websocket", "sse"):
        leave.enter_context(CLIENTS[transport](server)).open()
    return server


@pytest.mark.atmosphere(38, 39)
@pytest.mark.parametrize("transport", HELD)
def test_connection_too_many_is_told_to_try_again(full: Daphne, transport: str) -> None:
    with not_too_soon(), connect(full, transport, "5.0.7") as response:
        assert (response.status, response.body()) == (503, "")
        assert int(response.headers["retry-after"]) > 0
        assert response.headers["x-atmosphere-tracking-id"]


@pytest.mark.atmosphere(38, 52)
@pytest.mark.parametrize("version", ["2.3.3-javascript", "3.1.3-javascript", Line.LEGACY_4, Line.TYPESCRIPT])
def test_websocket_too_many_is_refused(full: Daphne, leave: ExitStack, version: str) -> None:
    client = leave.enter_context(Websocket(full, more=[("X-Atmosphere-Framework", version)]))
    with not_too_soon(), pytest.raises(InvalidStatus) as caught:
        client.connect()
    assert caught.value.response.status_code == 403


@pytest.mark.atmosphere(52)
@pytest.mark.parametrize("version", ["2.3.8-javascript", "3.0.0-javascript", "3.0.6-javascript"])
def test_surplus_websocket_of_fragile_client_opens_briefly(full: Daphne, leave: ExitStack, version: str) -> None:
    client = leave.enter_context(Websocket(full, more=[("X-Atmosphere-Framework", version)]))
    client.connect()
    with pytest.raises(ConnectionClosed):
        client.next_raw()


def test_full_address_leaves_room_for_others(full: Daphne, leave: ExitStack) -> None:
    for transport in CLIENTS:
        with CLIENTS[transport](full, source=ELSEWHERE) as client:
            client.open()
            client.push('{"action":"delete"}')
            assert client.next_message()["status"]["code"] == 7


def test_ended_connection_frees_its_place(full: Daphne, leave: ExitStack) -> None:
    for transport in CLIENTS:
        client = leave.enter_context(CLIENTS[transport](full, source=ELSEWHERE))
        for _ in range(4):
            client.open()
            client.hold()
            client.lose()
            client.tracking_id = "0"
