"""How the body of a request is read."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.notices import current_publisher
from events.node import current_node
from events.transports import http
from events.transports._caller import Caller
from events.transports._exchange import Aborted, BodyTooLong, Exchange
from tests.events.fakes import LossyLayer
from tests.events.reading import MARK

SCOPE = {
    "method": "POST",
    "path": "/event/subscription",
    "query_string": b"X-Atmosphere-tracking-id=alice",
    "headers": [],
    "client": ["203.0.113.7", 4711],
}
GONE = {"type": "http.disconnect"}


class Line:
    """What a server would hand to the application, and what it gets back."""

    def __init__(self, *received: dict[str, Any]) -> None:
        self._received = iter(received)
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return next(self._received)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


def bit(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def read(*received: dict[str, Any], limit: int = 10) -> bytes:
    line = Line(*received)
    return await Exchange(SCOPE, line.receive, line.send).read_body(limit=limit)


async def test_body_is_put_together_from_its_bits() -> None:
    assert await read(bit(b"ab", more=True), bit(b"", more=True), bit(b"cd", more=False)) == b"abcd"


async def test_body_that_breaks_off_is_no_body() -> None:
    with pytest.raises(Aborted):
        await read(bit(b"ab", more=True), GONE)


@pytest.mark.parametrize("last", [bit(b"k", more=True), bit(b"k", more=False)])
async def test_body_is_read_no_further_than_the_limit(last: dict[str, Any]) -> None:
    assert await read(bit(b"abcde", more=True), bit(b"fghij", more=False)) == b"abcdefghij"
    with pytest.raises(BodyTooLong):
        await read(bit(b"abcde", more=True), bit(b"fghij", more=True), last)


async def test_broken_push_is_neither_done_nor_answered(layer: LossyLayer) -> None:
    node, identity = current_node(), Caller(SCOPE).identity
    broken, whole = Line(bit(MARK.encode(), more=True), GONE), Line(bit(MARK.encode(), more=False))
    try:
        await http.serve(SCOPE, broken.receive, broken.send)
        assert broken.sent == []
        assert node.registry.find(identity) is None
        await http.serve(SCOPE, whole.receive, whole.send)
        assert whole.sent[0]["status"] == 200
        assert node.registry.find(identity) is not None
    finally:
        await node.stop()
        await current_publisher().stop()


class Witness(Line):
    """Looks, whenever it is sent anything, whether the client is known."""

    def __init__(self) -> None:
        super().__init__(GONE)
        self.saw: list[bool] = []

    async def send(self, message: dict[str, Any]) -> None:
        await super().send(message)
        # It has no id but the one that it is given in the head.
        headers = dict(self.sent[0]["headers"])
        given = {"query_string": b"X-Atmosphere-tracking-id=" + headers[b"X-Atmosphere-tracking-id"]}
        self.saw.append(current_node().registry.find(Caller({**SCOPE, **given}).identity) is not None)


@pytest.mark.parametrize("transport", ["streaming", "sse"])
async def test_client_is_known_before_it_reads_its_id(layer: LossyLayer, transport: str) -> None:
    asked = f"X-Atmosphere-tracking-id=0&X-Atmosphere-Transport={transport}&X-atmo-protocol=true"
    line = Witness()
    try:
        await http.serve({**SCOPE, "method": "GET", "query_string": asked.encode()}, line.receive, line.send)
    finally:
        await current_node().stop()
        await current_publisher().stop()
    assert line.sent[0]["status"] == 200
    assert line.saw
    assert all(line.saw)
