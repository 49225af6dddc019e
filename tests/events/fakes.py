"""A transport and a layer that do what a test tells them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from channels.layers import InMemoryChannelLayer

from accounts.feed import current_publisher

PATIENCE_S = 5


class FakeTransport:
    """Keeps the frames; can be told to take no more of them, or to fail."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str] = asyncio.Queue()
        self.aborted_with: int | None = None
        self.fails = False
        self._is_open = asyncio.Event()
        self._is_open.set()

    def send(self, frame: str) -> bool:
        if self.fails:
            raise RuntimeError("the transport fails")
        if self._is_open.is_set():
            self.frames.put_nowait(frame)
        return self._is_open.is_set()

    async def wait(self) -> None:
        await self._is_open.wait()

    def abort(self, code: int) -> None:
        self.aborted_with = code

    def block(self) -> None:
        self._is_open.clear()

    def unblock(self) -> None:
        self._is_open.set()

    async def frame(self) -> str:
        """The next frame."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.frames.get()

    async def message(self) -> dict[str, Any]:
        """The next frame as a document."""
        return json.loads(await self.frame())

    async def messages(self, count: int) -> list[dict[str, Any]]:
        return [await self.message() for _ in range(count)]


class LossyLayer(InMemoryChannelLayer):
    """Delivers at most once, like any layer; loses what it is told to lose."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.loses = False
        self.is_down = False

    async def heal(self) -> None:
        """Loses nothing from now on, but all that was published until now."""
        await current_publisher().flush()
        self.loses = self.is_down = False

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_down:
            raise OSError("the layer is down")
        if not self.loses:
            await super().group_send(group, message)
