"""A websocket client as an integrator writes it, without an Atmosphere library."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.described import check_answer, check_command, check_message
from tests.end_to_end.servers import Daphne
from tests.patience import PATIENCE_S
from tests.people import PASSWORD

ATMOSPHERE_QUERY = (
    "?X-Atmosphere-tracking-id=0&X-Atmosphere-Framework=2.3.8-javascript&X-Atmosphere-Transport=websocket"
    "&Content-Type=application/json&X-atmo-protocol=true"
)


def call(server: Daphne, path: str, **parameters: Any) -> dict[str, Any]:
    """One call of the HTTP API."""
    answer = httpx.post(f"{server.url}/{path}", json=parameters, timeout=PATIENCE_S)
    check_answer(path, parameters, answer.status_code, answer.json())
    return answer.json()


def log_in(server: Daphne, login: str) -> str:
    """The hash of a new session."""
    return call(server, "user/auth", login=login, password=PASSWORD)["hash"]


def report(server: Daphne, device_id: str, timestamp: int, **fields: Any) -> int:
    """Sends one OsmAnd report; the HTTP status."""
    query = {"id": device_id, "timestamp": timestamp, **fields}
    return httpx.get(f"{server.url}/ingest/osmand", params=query, timeout=PATIENCE_S).status_code


class PlainClient:
    """Frames as they come, and messages as documents."""

    def __init__(self, server: Daphne, query: str = "", path: str = "/event/subscription", **options: Any) -> None:
        address = f"ws://127.0.0.1:{server.port}{path}{query}"
        # Without pings of its own: one that reads nothing for a while would give itself up. Uncompressed, so that what
        # is to fill a connection does.
        options = {"max_size": None, "open_timeout": PATIENCE_S, "ping_interval": None, "compression": None, **options}
        self._connecting = connect(address, **options)
        self._sent: list[dict[str, Any]] = []

    def __enter__(self) -> PlainClient:
        self.socket: ClientConnection = self._connecting.__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._connecting.__exit__(*exc_info)

    def send(self, document: Any) -> None:
        if isinstance(document, dict):
            self._sent.append(document)
        self.socket.send(document if isinstance(document, str | bytes) else json.dumps(document))

    def frame(self) -> str:
        """The next frame, heartbeats and handshake included."""
        frame = self.socket.recv(PATIENCE_S)
        assert isinstance(frame, str)
        if frame.startswith("{"):
            self._check(json.loads(frame))
        return frame

    def _check(self, message: dict[str, Any]) -> None:
        """Holds a message, and the command that it answers, against their descriptions."""
        check_message(message)
        action = (message.get("action") or "").rpartition("/")[2]
        answered = next((command for command in self._sent if command.get("action") == action), None)
        if answered is not None:
            self._sent.remove(answered)
            if message["type"] == "response":
                check_command(answered)

    def message(self) -> dict[str, Any]:
        """The next frame as a document."""
        return json.loads(self.frame())

    def messages(self, count: int) -> list[dict[str, Any]]:
        return [self.message() for _ in range(count)]

    def subscribe(self, credential: str, trackers: Iterable[int], **fields: Any) -> dict[str, Any]:
        """Subscribes to `state` in the legacy form; the answer."""
        self.send(
            {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": list(trackers), **fields}
        )
        return self.message()

    def is_silent(self) -> bool:
        """Whether nothing more waits here: asks something that is answered last, and looks what came before.

        What is on its way over the broker may come later: provoke an event behind it to be sure.
        """
        self.send("a question")
        answer = self.message()
        return answer["type"] == "error" and answer["status"]["code"] == 5
