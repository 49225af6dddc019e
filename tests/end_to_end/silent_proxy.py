"""A network before database or broker that dies in silence: nothing is refused and nothing comes through any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Self

from tests.patience import PATIENCE_S

_CHUNK = 65_536


@dataclass(eq=False, slots=True)
class _Link:
    """One connection: what passes it on in both directions, and what was said to the target until now."""

    said: bytearray = field(default_factory=bytearray)
    passing: list[asyncio.Task[None]] = field(default_factory=list)


class SilentProxy:
    """Passes on what comes at a port of its own. What it takes is acknowledged, even when it goes nowhere."""

    def __init__(self, target: Path | tuple[str, int]) -> None:
        """Before a socket in the file system, or before a host and port."""
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="silent proxy")
        self._links: list[_Link] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._refuses = False

    def __enter__(self) -> Self:
        self._thread.start()
        self._listener = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    def silence(self, *, having_said: bytes = b"") -> int:
        """Lets the open connections over which this was said pass nothing on any more, in either direction.

        New ones work. How many were silenced.
        """
        count: int = self._call(self._silence(lambda link: having_said in link.said))
        return count

    def refuse(self) -> None:
        """Breaks the open connections, and from now on each new one at once."""
        self._refuses = True
        self._call(self._break())

    def accept(self) -> None:
        """Lets new connections through again."""
        self._refuses = False

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._target, Path):
            opening = asyncio.open_unix_connection(self._target)
        else:
            opening = asyncio.open_connection(*self._target)
        if self._refuses:
            opening.close()
            writer.transport.abort()
            return
        try:
            from_target, to_target = await opening
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to_target}
        link = _Link()
        for passing in (_pass_on(reader, to_target, link.said), _pass_on(from_target, writer)):
            link.passing.append(asyncio.create_task(passing))
        self._links.append(link)

    async def _silence(self, is_meant: Callable[[_Link], bool]) -> int:
        meant = [link for link in self._links if is_meant(link)]
        tasks = [task for link in meant for task in link.passing]
        is_open = [not all(task.done() for task in link.passing) for link in meant]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return sum(is_open)

    async def _end(self) -> None:
        self._listener.close()
        await self._break()

    async def _break(self) -> None:
        await self._silence(lambda _: True)
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self._links.clear()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter, said: bytearray | None = None) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(_CHUNK):
            if said is not None:
                said += chunk
            sink.write(chunk)
            await sink.drain()
        sink.close()
