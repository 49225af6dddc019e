"""Commands by way of a Traccar server: what it is sent, and what is made of its answers (records §13.5)."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.models import User
from tests.trackers.instructions import bring_online, give, seen
from trackers.models import Instruction, Tracker
from trackers.services.instructions import traccar
from trackers.services.instructions.traccar import send_next_by_traccar

TOKEN = "token-of-traccar"


class TraccarServer:
    """Knows one device by another number, and answers commands as it is told to."""

    def __init__(self) -> None:
        self.device_id = ""
        self.commands: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.status = 200
        self.said = "{}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.tokens.add(handler.headers["Authorization"])
        parts = urlsplit(handler.path)
        if parts.path == "/traccar/api/devices":
            found = parse_qs(parts.query)["uniqueId"] == [self.device_id]
            self._send(handler, 200, json.dumps([{"id": 4711, "uniqueId": self.device_id}] if found else []))
        elif parts.path == "/traccar/api/commands/send" and handler.command == "POST":
            self.commands.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
            if self.status:
                self._send(handler, self.status, self.said)
            else:
                handler.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(handler, 404, "")

    def _send(self, handler: BaseHTTPRequestHandler, status: int, text: str) -> None:
        handler.send_response(status)
        if status == 302:
            handler.send_header("Location", "/traccar/api/commands/send")
        handler.end_headers()
        handler.wfile.write(text.encode())


@pytest.fixture
def server(settings: Any) -> Iterator[TraccarServer]:
    found = TraccarServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.answer(self)

        do_POST = do_GET

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        settings.TRACCAR_API_URL = f"http://127.0.0.1:{http.server_port}/traccar/"
        settings.TRACCAR_API_TOKEN = TOKEN
        yield found
        http.shutdown()


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker], server: TraccarServer) -> Tracker:
    van = bring_online(register(alice), "traccar")
    server.device_id = van.source.device_id
    return van


def reason_of(given: Instruction) -> str:
    return Instruction.objects.get(pk=given.pk).reason


@pytest.mark.records(77)
def test_traccar_is_sent_commands_and_told_not_to_keep_them(server: TraccarServer, van: Tracker) -> None:
    given = give(van, "Größe,1#")
    assert send_next_by_traccar(timezone.now())
    assert not send_next_by_traccar(timezone.now())
    attributes = {"data": "Größe,1#", "noQueue": True}
    assert server.commands == [{"deviceId": 4711, "textChannel": False, "type": "custom", "attributes": attributes}]
    assert server.tokens == {f"Bearer {TOKEN}"}
    assert seen(given) == ("sent", 1)
    assert Instruction.objects.get(pk=given.pk).finished_at is not None


@pytest.mark.records(77)
def test_traccar_switches_outputs(api: Any, server: TraccarServer, van: Tracker) -> None:
    assert api("tracker/output/set", tracker_id=van.pk, output=2, enable=True)["success"]
    send_next_by_traccar(timezone.now())
    (command,) = server.commands
    assert (command["type"], command["attributes"]) == ("outputControl", {"index": 2, "data": "1", "noQueue": True})


@pytest.mark.records(77)
@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (202, ("sent", 1), "queued"),
        (400, ("waiting", 0), "answered 400: Failed to send command\\x1b"),
        (302, ("waiting", 0), "answered 302"),
        (503, ("failed", 0), "not known whether it was sent"),
        (None, ("failed", 0), "not known whether it was sent"),
    ],
)
def test_what_traccar_answers_decides(
    server: TraccarServer, van: Tracker, status: int | None, outcome: Any, reason: str
) -> None:
    server.status, server.said = status or 0, "Failed to send command\x1b - Exception\nat Command.java"
    given = give(van)
    send_next_by_traccar(timezone.now())
    assert seen(given) == outcome
    assert reason in reason_of(given) and "Command.java" not in reason_of(given)
    assert len(server.commands) == 1


@pytest.mark.records(77)
def test_device_that_traccar_does_not_know_is_asked_for_again(server: TraccarServer, van: Tracker) -> None:
    server.device_id = "another"
    given = give(van)
    send_next_by_traccar(timezone.now())
    assert (seen(given), reason_of(given)) == (("waiting", 0), "the Traccar server does not know the device")
    assert server.commands == []


@pytest.mark.records(77)
def test_server_that_is_away_or_silent_is_not_waited_for(
    server: TraccarServer, van: Tracker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traccar, "TIMEOUT_S", 0.2)
    given = give(van)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.TRACCAR_API_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert send_next_by_traccar(timezone.now())
    assert seen(given) == ("waiting", 0)
    assert "does not answer" in reason_of(given)
