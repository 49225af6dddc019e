"""A network before the database that dies in silence: nothing is refused and nothing comes through any more."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Self

PATIENCE_S = 10
_CHUNK = 65_536


class SilentProxy:
    """Passes on what comes at a port of its own. What it takes is acknowledged, even when it goes nowhere."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._target_port = host, port
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="silent proxy")
        self._passing: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

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

    def silence(self) -> None:
        """Lets the connections that are open pass nothing on any more, in either direction; new ones work."""
        self._call(self._silence())

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host.startswith("/"):
            opening = asyncio.open_unix_connection(Path(self._host) / f".s.PGSQL.{self._target_port}")
        else:
            opening = asyncio.open_connection(self._host, self._target_port)
        from_target, to_target = await opening
        self._writers |= {writer, to_target}
        for source, sink in ((reader, to_target), (from_target, writer)):
            task = asyncio.create_task(_pass_on(source, sink))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _silence(self) -> None:
        tasks = list(self._passing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self) -> None:
        self._listener.close()
        await self._silence()
        for writer in self._writers:
            writer.transport.abort()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
        sink.close()
