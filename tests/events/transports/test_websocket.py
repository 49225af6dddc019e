"""The websocket transport without a server: who is let in, and what is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from accounts.notices import current_publisher
from events.node import current_node
from events.protocol.close_codes import CLOSE_DENIED, CLOSE_TRY_AGAIN_LATER
from events.transports import websocket
from events.transports._caller import REFUSAL_DELAY_S
from events.transports.websocket import EventConsumer
from tests.events.fakes import PATIENCE_S

OURS, OTHERS = b"https://fleet.example", b"https://elsewhere.example"
HOST = (b"host", b"fleet.example")
PATH = "/event/subscription"


@pytest.fixture(autouse=True)
async def node_that_stops(layer: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(websocket, "REFUSAL_DELAY_S", 0)
    yield
    await current_node().stop()
    await current_publisher().stop()


async def knock(query: str = "", headers: list[tuple[bytes, bytes]] | None = None) -> list[tuple[str, int | None]]:
    """What is answered to an upgrade, each message by its type and close code; of one let in the first."""
    communicator = WebsocketCommunicator(EventConsumer.as_asgi(), f"{PATH}?{query}", headers)
    await communicator.send_input({"type": "websocket.connect"})
    answers = []
    while not answers or not (await communicator.receive_nothing(0.01) or "close" in answers[-1][0]):
        answer = await communicator.receive_output(PATIENCE_S)
        answers.append((answer["type"].removeprefix("websocket."), answer.get("code")))
    await communicator.send_input({"type": "websocket.disconnect", "code": 1000})
    await communicator.wait(PATIENCE_S)
    return answers


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
async def test_foreign_origins_need_no_list_to_enter(
    settings: Any, allowed: list[str], headers: list[tuple[bytes, bytes]], expected: bool
) -> None:
    settings.ALLOWED_ORIGINS = allowed
    answer = ("accept", None) if expected else ("close", CLOSE_DENIED)
    assert await knock(headers=[HOST, *headers]) == [answer]


@pytest.mark.atmosphere(52)
@pytest.mark.parametrize(
    ("framework", "answers"),
    [
        ("2.3.6-javascript", [("close", CLOSE_DENIED)]),
        ("2.3.8-javascript", [("accept", None), ("close", CLOSE_TRY_AGAIN_LATER)]),
        ("3.0.6-javascript", [("accept", None), ("close", CLOSE_TRY_AGAIN_LATER)]),
        ("3.1.3-javascript", [("close", CLOSE_DENIED)]),
        ("4.0.1", [("close", CLOSE_DENIED)]),
        ("5.0.7", [("close", CLOSE_DENIED)]),
    ],
)
async def test_full_server_turns_clients_to_another_transport(
    settings: Any, framework: str, answers: list[tuple[str, int | None]]
) -> None:
    settings.MAX_CONNECTIONS = 0
    assert await knock(f"X-Atmosphere-Framework={framework}&X-atmo-protocol=true") == answers
    assert not current_node().registry.clients


@pytest.mark.atmosphere(38)
def test_refusal_slows_clients_that_repeat_at_once() -> None:
    assert REFUSAL_DELAY_S >= 1


async def test_cancelled_connection_forgets_its_client() -> None:
    communicator = WebsocketCommunicator(EventConsumer.as_asgi(), PATH)
    assert (await communicator.connect())[0]
    assert len(current_node().registry.clients) == 1
    communicator.stop(exceptions=False)
    await communicator.wait()
    assert not current_node().registry.clients
