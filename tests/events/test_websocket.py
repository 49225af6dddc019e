"""The websocket transport without a server: who is let in, and what is left behind."""

from __future__ import annotations

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from accounts.feed import current_publisher
from events.hub import current_hub
from events.transports.websocket import EventConsumer

OURS, OTHERS = b"https://fleet.example", b"https://elsewhere.example"
HOST = (b"host", b"fleet.example")


async def is_let_in(headers: list[tuple[bytes, bytes]]) -> bool:
    communicator = WebsocketCommunicator(EventConsumer.as_asgi(), "/event/subscription", headers)
    is_connected, _ = await communicator.connect()
    if is_connected:
        await communicator.disconnect()
    await current_hub().stop()
    await current_publisher().stop()
    return is_connected


@pytest.mark.parametrize(
    ("allowed", "headers", "expected"),
    [
        ([], [(b"origin", OTHERS)], True),
        ([], [], True),
        ([OURS.decode()], [(b"origin", OURS)], True),
        ([OURS.decode()], [], True),
        ([OURS.decode()], [(b"origin", OTHERS)], False),
        ([OURS.decode()], [(b"origin", OURS + b".elsewhere.example")], False),
        ([OURS.decode()], [(b"origin", b"null")], False),
        ([OURS.decode()], [(b"origin", b"\xff")], False),
    ],
)
async def test_pages_of_other_origins_are_let_in_unless_a_list_is_set(
    settings: Any, layer: Any, allowed: list[str], headers: list[tuple[bytes, bytes]], expected: bool
) -> None:
    settings.ALLOWED_ORIGINS = allowed
    assert await is_let_in([HOST, *headers]) is expected


async def test_client_is_forgotten_when_the_server_cancels_its_connection(layer: Any) -> None:
    communicator = WebsocketCommunicator(EventConsumer.as_asgi(), "/event/subscription")
    assert (await communicator.connect())[0]
    assert len(current_hub()._clients) == 1
    communicator.stop(exceptions=False)
    await communicator.wait()
    assert not current_hub()._clients
    await current_hub().stop()
    await current_publisher().stop()
