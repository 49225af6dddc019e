"""Viewers of a whole fleet: websockets that follow `state_batch` and count what comes. A worker.

Usage: python -m benchmarks.support.watching HOST:PORT
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions

ENTRY = b'"source_state_event"'
MAX_FRAME_BYTES = 64 * 1024 * 1024


class Viewer(WSListener):
    """One websocket."""

    def __init__(self, watching: Watching, subscription: str) -> None:
        self._watching = watching
        self._subscription = subscription
        self.has_begun = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._subscription.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT and (entries := frame.get_payload_as_bytes().count(ENTRY)):
            self.has_begun.set()
            self._watching.entries += entries
            self._watching.frames += 1


class Watching:
    """All viewers of one server."""

    def __init__(self, host: str) -> None:
        self._url = f"ws://{host}/event/subscription"
        self._transports: list[WSTransport] = []
        self.entries = self.frames = 0

    async def answer(self, action: str, **arguments: Any) -> dict[str, Any]:
        match action:
            case "connect":
                return await self._connect(**arguments)
            case "count":
                return self._take_counts()
        raise ValueError(action)

    async def _connect(self, viewers: int, subscription: str, spread_s: float) -> dict[str, Any]:
        """Lets viewers in, spread over so many seconds; returns when each got its first batch."""
        for _ in range(viewers):
            viewer = Viewer(self, subscription)
            transport, _ = await ws_connect(lambda viewer=viewer: viewer, self._url, max_frame_size=MAX_FRAME_BYTES)
            self._transports.append(transport)
            await asyncio.wait_for(viewer.has_begun.wait(), 60)
            await asyncio.sleep(spread_s / viewers)
        return {}

    def _take_counts(self) -> dict[str, Any]:
        """What came since this was asked last."""
        counts = {"entries": self.entries, "frames": self.frames}
        self.entries = self.frames = 0
        return counts


if __name__ == "__main__":
    asyncio.run(answer_questions(Watching(sys.argv[1]).answer))
