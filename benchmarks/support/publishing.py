"""The sender of updates, outside of the server that is measured. A worker.

Usage: python -m benchmarks.support.publishing ingestion|taking-turns DEVICE_ID... | in-parts N DEVICE_ID...
       | group NAME | socket URL | post HOST:PORT PATH [CHANNEL]
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from select import select
from typing import Any

import django
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from picows import WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions
from benchmarks.support.updates import make_document, make_report
from trackers.reports.outcome import Outcome

Send = Callable[[int], Awaitable[None]]


async def ingest_updates(device_ids: Sequence[str], number: int) -> None:
    """The product's own way: a transaction, and on commit a notice over this loop's one connection.

    One update for each device; of n devices, update `number` of all is numbered from n * `number` on.
    """
    from trackers.services.ingestion import ingest  # needs Django to be set up

    first = number * len(device_ids)
    reports = [make_report(device_id, first + index) for index, device_id in enumerate(device_ids)]
    outcomes = await sync_to_async(ingest)(reports, received_at=datetime.now(UTC))
    assert set(outcomes) == {Outcome.STORED}


async def take_turns(device_ids: Sequence[str], at_once: int, number: int) -> None:
    """The product's own way, an update for one device after the other, of so many in one transaction."""
    from trackers.services.ingestion import ingest  # needs Django to be set up

    turns = range(number * at_once, (number + 1) * at_once)
    reports = [make_report(device_ids[turn % len(device_ids)], turn) for turn in turns]
    outcomes = await sync_to_async(ingest)(reports, received_at=datetime.now(UTC))
    assert set(outcomes) == {Outcome.STORED}


async def send_to_group(group: str, number: int) -> None:
    """The tutorial's way: a dict to the group of the tracker."""
    await get_channel_layer().group_send(group, {"type": "tracker.state", "message": make_document(number)})


class SocketSender:
    """Hands the ready text to the server over a websocket, and the server only multiplies it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._transport: WSTransport | None = None

    async def send(self, number: int) -> None:
        if self._transport is None:
            self._transport, _ = await ws_connect(WSListener, self._url)
        text = json.dumps(make_document(number), separators=(",", ":"))
        self._transport.send(WSMsgType.TEXT, text.encode())


class Poster:
    """Hands the text to the server by a request, as servers take it that are told over HTTP."""

    def __init__(self, host: str, path: str, channel: str = "") -> None:
        """With a channel the document is put beside its name; else it is all that is sent."""
        self._connection = HTTPConnection(host, timeout=60)
        self._path = path
        self._channel = channel

    async def send(self, number: int) -> None:
        document = make_document(number)
        body = {"channel": self._channel, "data": document} if self._channel else document
        await asyncio.to_thread(self._post, json.dumps(body, separators=(",", ":")))

    def _post(self, body: str) -> None:
        # Between two rounds a server may have closed what was idle.
        if self._connection.sock is not None and select([self._connection.sock], [], [], 0)[0]:
            self._connection.close()
        self._connection.request("POST", self._path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status >= 300 or b'"error"' in told:
            raise RuntimeError(told.decode())


async def publish(send: Send, first: int, count: int, per_s: float) -> dict[str, Any]:
    """Sends `count` updates at an even pace, numbered from `first`; how many of them were late."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    late = 0
    for index in range(count):
        wait_s = start + index / per_s - loop.time()
        late += wait_s < -1 / per_s
        await asyncio.sleep(max(0.0, wait_s))
        await send(first + index)
    return {"late": late}


def sender(kind: str, *targets: str) -> Send:
    match kind, *targets:
        case "ingestion", *device_ids:
            django.setup()
            return partial(ingest_updates, device_ids)
        case "taking-turns", *device_ids:
            django.setup()
            return partial(take_turns, device_ids, 1)
        case "in-parts", at_once, *device_ids:
            django.setup()
            return partial(take_turns, device_ids, int(at_once))
        case "group", name:
            return partial(send_to_group, name)
        case "socket", url:
            return SocketSender(url).send
        case "post", host, path, *channel:
            return Poster(host, path, *channel).send
    raise ValueError(kind)


if __name__ == "__main__":
    asyncio.run(answer_questions(partial(publish, sender(*sys.argv[1:]))))
