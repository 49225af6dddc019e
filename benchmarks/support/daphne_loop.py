"""The least that a fan-out through daphne costs: what one websocket sends is sent to all others, in one loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

_sends: list[Send] = []


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """`/publish` is for the sender, any other path for receivers."""
    if scope["type"] != "websocket":
        return
    await receive()  # the wish to connect
    await send({"type": "websocket.accept"})
    if scope["path"] != "/publish":
        _sends.append(send)
    while (message := await receive())["type"] != "websocket.disconnect":
        for send_to_other in _sends:
            await send_to_other({"type": "websocket.send", "text": message["text"]})
