"""Heartbeats of the server, on a server that sends one a second (atmosphere §3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.end_to_end.conftest import Start
from tests.end_to_end.servers import Daphne
from tests.end_to_end.transports.client import Client, Line
from tests.end_to_end.transports.clients import CLIENTS, Streaming, Websocket
from tests.end_to_end.transports.wire import get

LEAST_S = 0.9


@pytest.fixture
def lively(serve: Start) -> Daphne:
    # The clients are told to send heartbeats as often as that; here they never do.
    return serve(ATMOSPHERE_SERVER_HEARTBEAT_S="1", ATMOSPHERE_CLIENT_HEARTBEAT_MS="100")


@pytest.fixture
def pose(lively: Daphne, transport: str, tracks: bool, leave: ExitStack) -> Callable[..., Client]:
    def make(**options: Any) -> Client:
        return leave.enter_context(CLIENTS[transport](lively, tracks=tracks, **options))

    return make


@pytest.mark.atmosphere(21, 22, 23, 26, 27, 54)
def test_idle_clients_get_nothing_but_heartbeats(lively: Daphne, leave: ExitStack, tracks: bool) -> None:
    clients = [leave.enter_context(kind(lively, tracks=tracks)).open() for kind in CLIENTS.values()]
    for _ in range(3):
        for client in clients:
            assert client.next_raw().strip() == ("1|X" if tracks else "X")
            client.hold()
    for client in clients:
        assert client.is_silent()


@pytest.mark.parametrize("line", [Line.TYPESCRIPT, Line.WASYNC])
@pytest.mark.parametrize("transport", ["websocket", "sse", "streaming", "long-polling"])
@pytest.mark.atmosphere(23, 26, 35)
def test_heartbeat_carries_no_whitespace_mistaken_for_message(
    pose: Callable[..., Client], tracks: bool, line: Line
) -> None:
    assert pose(line=line).open().next_raw() == ("1|X" if tracks else "X")


@pytest.mark.parametrize("tracks", [False])
@pytest.mark.atmosphere(21)
def test_heartbeat_fills_silence_only(pose: Callable[..., Client]) -> None:
    """A message restarts the clock: between it and the heartbeat lies the whole interval."""
    client = pose().open()
    assert client.next_text() == "X"
    client.push('{"action":"delete"}')
    assert client.next_message()["status"]["code"] == 7
    answered = time.monotonic()
    assert client.next_text() == "X"
    assert time.monotonic() - answered >= LEAST_S


@pytest.mark.parametrize("wish", ["0", "3600"])
@pytest.mark.atmosphere(25)
def test_client_may_ask_for_rarer_heartbeats_or_none(
    pose: Callable[..., Client], lively: Daphne, leave: ExitStack, wish: str
) -> None:
    quiet = pose(more=[("X-Heartbeat-Server", wish)]).open()
    other = leave.enter_context(Streaming(lively)).open()
    for _ in range(2):
        assert other.next_text() == "X"
    quiet.push('{"action":"delete"}')
    assert quiet.next_text() != "X"


@pytest.mark.parametrize("wish", ["1", "-5", "soon", "0.5", ""])
@pytest.mark.atmosphere(25)
def test_other_wishes_leave_it_at_the_servers_interval(lively: Daphne, leave: ExitStack, wish: str) -> None:
    client = leave.enter_context(Streaming(lively, more=[("X-Heartbeat-Server", wish)])).open()
    assert client.next_text() == "X"


@pytest.mark.atmosphere(12, 25)
def test_handshake_tells_the_clients_interval_whatever_it_wishes(lively: Daphne, leave: ExitStack) -> None:
    client = leave.enter_context(Websocket(lively, more=[("X-Heartbeat-Server", "7")]))
    client.connect()
    assert client.next_text().endswith("|100|X|")


@pytest.mark.parametrize("line", Line)
@pytest.mark.atmosphere(16, 26)
def test_poll_without_the_protocol_ends_empty(lively: Daphne, line: Line) -> None:
    pairs = [("X-Atmosphere-tracking-id", "plain-poller"), ("X-Atmosphere-Transport", "long-polling")]
    with get(lively, [*pairs, ("X-Atmosphere-Framework", line)]) as response:
        assert response.status == 200
        assert response.body().strip() == ""


@pytest.mark.atmosphere(37)
def test_bare_poll_is_held_and_ends_empty(lively: Daphne) -> None:
    began = time.monotonic()
    with get(lively) as response:
        assert (response.status, response.body()) == (200, "")
    assert time.monotonic() - began >= LEAST_S
