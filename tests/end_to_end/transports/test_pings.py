"""Pings of the server, on one that is in a hurry."""

from __future__ import annotations

import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PlainClient

LIFE_S = 6
# Without its answers a client would be suspected after four seconds.
HURRIED = ("--ping-interval", "1", "--ping-timeout", "3", "--websocket_timeout", str(LIFE_S))


@pytest.mark.calm
def test_websocket_that_answers_pings_is_trusted_until_its_time_is_over(serve: Start) -> None:
    server = serve(name="strict", options=HURRIED, LOG_LEVEL="DEBUG")
    began_at = time.monotonic()
    with PlainClient(server) as client, pytest.raises(ConnectionClosed):
        client.frame()
    assert client.socket.close_code == 1000
    assert time.monotonic() - began_at >= LIFE_S
    assert "answers no ping" not in server.log_text()
