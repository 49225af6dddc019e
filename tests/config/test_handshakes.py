"""What is done for each websocket."""

from __future__ import annotations

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket import protocol

from config.serving.handshakes import lay_out_nothing


class Shy:
    """Something that fails when anybody makes a text of it."""

    def __repr__(self) -> str:
        raise AssertionError("laid out for a log that nobody reads")


def test_settings_are_not_laid_out_for_each_websocket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "pformat", protocol.pformat)  # put back afterwards
    lay_out_nothing()
    socket = WebSocketServerProtocol()
    socket.factory = WebSocketServerFactory()
    socket.factory.serveFlashSocketPolicy = Shy()
    socket._connectionMade()
    assert socket.serveFlashSocketPolicy is socket.factory.serveFlashSocketPolicy
