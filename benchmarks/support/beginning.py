"""Subscribes to a fleet and notes when the first byte came and when the last state. A worker.

Usage: python -m benchmarks.support.beginning HOST:PORT
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.support.dialogue import answer_questions

ALL_WITHIN_S = 120.0
# Once in each event with a state, and in each item of a batch.
STATE = re.compile(rb'"event":"state"|"source_state_event"')


class Beginner(WSListener):
    """One connection, from its command to the last of the current states."""

    def __init__(self, trackers: int) -> None:
        self._left = trackers
        self.bytes = 0
        self.first_s = 0.0
        self.is_complete = asyncio.Event()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type not in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            return
        self.first_s = self.first_s or time.monotonic()
        text = frame.get_payload_as_bytes()
        self.bytes += len(text)
        self._left -= len(STATE.findall(text))
        if self._left <= 0:
            self.is_complete.set()


async def run() -> None:
    url = f"ws://{sys.argv[1]}/event/subscription"

    async def answer(command: str, trackers: int) -> dict[str, Any]:
        """Milliseconds from the command to the first byte and to the last state."""
        beginner = Beginner(trackers)
        transport, _ = await ws_connect(lambda: beginner, url, max_frame_size=64 * 1024 * 1024)
        began_s = time.monotonic()
        transport.send(WSMsgType.TEXT, command.encode())
        async with asyncio.timeout(ALL_WITHIN_S):
            await beginner.is_complete.wait()
        ended_s = time.monotonic()
        transport.disconnect()
        return {
            "first_ms": (beginner.first_s - began_s) * 1e3,
            "all_ms": (ended_s - began_s) * 1e3,
            "kilobytes": beginner.bytes / 1e3,
        }

    await answer_questions(answer)


if __name__ == "__main__":
    asyncio.run(run())
