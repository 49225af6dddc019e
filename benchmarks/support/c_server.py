"""The bare limit: a websocket server in C that sends what one client sends to all others.

Usage: python -m benchmarks.support.c_server FILE_DESCRIPTOR
"""

from __future__ import annotations

import asyncio
import socket
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

_transports: list[WSTransport] = []


class Receiver(WSListener):
    """A client that only listens."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        _transports.append(transport)


class Sender(WSListener):
    """The client whose messages are sent to all."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            for receiver in _transports:
                receiver.send(WSMsgType.TEXT, payload)


def listener_for(request: WSUpgradeRequest) -> WSListener:
    return Sender() if request.path == b"/publish" else Receiver()


async def serve(listener: socket.socket) -> None:
    server = await ws_create_server(listener_for, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))
