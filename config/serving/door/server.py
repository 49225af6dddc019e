"""The devices' door of a worker: accepts at a socket beside daphne's, in the same event loop."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Callable, Sequence
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from accounts.loops import BackgroundTasks
from config.serving.door.connection import Bounds, DoorConnection
from config.serving.listening import BACKLOG

# Connections are looked through, for such as take too long, each so long.
SWEEP_S = 5.0
DEFAULT = Bounds()


class DevicesDoor:
    """Serves an ASGI application at sockets that listen already."""

    def __init__(self, application: Any, admits: Callable[[], bool], *, bounds: Bounds = DEFAULT) -> None:
        """`admits`: whether there is room for one more connection."""
        self._config = Config(
            application,
            interface="asgi3",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            # uvicorn's own clock; the sweep keeps the bound beyond it.
            timeout_keep_alive=math.ceil(bounds.idle_s),
        )
        self.bounds = bounds
        self._state = ServerState()
        self._admits = admits
        self._servers: list[asyncio.Server] = []
        self._tasks = BackgroundTasks("door")
        self.is_ending = False

    async def open(self, listeners: Sequence[socket.socket]) -> None:
        """Begins to accept; from now on the sockets are the door's."""
        loop = asyncio.get_running_loop()
        for listener in listeners:
            self._servers.append(await loop.create_server(self._make_connection, sock=listener, backlog=BACKLOG))
        self._tasks.start(self._sweep())

    def admits(self) -> bool:
        """Whether one more connection may be served."""
        return not self.is_ending and self._admits()

    # The end

    def stop_listening(self) -> None:
        """Leaves what connects from now on to others at the same sockets."""
        for server in self._servers:
            server.close()

    def end(self) -> None:
        """Refuses who comes from now on, and has each connection end with its next answer."""
        self.is_ending = True
        for connection in self._connections():
            connection.make_last()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return bool(self._state.tasks)

    @property
    def is_asked(self) -> bool:
        """Whether a request is on its way here, or its answer on its way back."""
        return any(connection.is_asked for connection in self._connections())

    @property
    def has_connections(self) -> bool:
        """Whether any is open."""
        return bool(self._state.connections)

    def close_idle(self) -> None:
        """Closes the connections over which nothing is asked."""
        for connection in self._connections():
            connection.close_idle()

    async def stop(self) -> None:
        """Cuts what is open."""
        self.stop_listening()
        for connection in self._connections():
            connection.cut()
        await self._tasks.stop()

    def _make_connection(self) -> DoorConnection:
        return DoorConnection(self._config, self._state, self)

    def _connections(self) -> list[DoorConnection]:
        return [one for one in self._state.connections if isinstance(one, DoorConnection)]

    async def _sweep(self) -> None:
        """Cuts connections that take too long, for ever: one timer for all of them."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(SWEEP_S, self.bounds.idle_s))
            for connection in self._connections():
                if loop.time() > connection.ends_at:
                    connection.cut()
