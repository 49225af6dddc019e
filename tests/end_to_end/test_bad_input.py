"""Whatever a client does, it gets an answer or a close, and the others go on."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.plain_client import PATIENCE_S, PlainClient
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_states import Register, drive
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

HASH = "0" * 32
TRACKERS = '"events":["state"],"trackers":[1]'
UPGRADE = (
    b"GET /event/subscription HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
def van(server: Daphne, alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def credential(van: Tracker, alice: User) -> str:
    return create_session(alice)


@pytest.fixture
def bystander(server: Daphne, van: Tracker, credential: str) -> Iterator[PlainClient]:
    """Somebody else, who must get the next report whatever the test did."""
    with PlainClient(server) as client:
        client.subscribe(credential, [van.pk])
        client.message()
        yield client
        drive(server, van, 99)
        assert client.message()["data"]["gps"]["speed"] == 183


@pytest.fixture
def client(server: Daphne, bystander: PlainClient) -> Iterator[PlainClient]:
    with PlainClient(server) as client:
        yield client


@pytest.fixture
def dial(server: Daphne, bystander: PlainClient) -> Iterator[Callable[[], socket.socket]]:
    """Opens plain TCP connections."""
    lines: list[socket.socket] = []

    def connect() -> socket.socket:
        line = socket.socket()
        lines.append(line)
        line.settimeout(PATIENCE_S)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", server.port))
        return line

    yield connect
    for line in lines:
        line.close()


def frame(opcode: int, payload: bytes, *, flags: int = 0x80) -> bytes:
    """A frame from a client, masked with zeros."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack("!BH", 0x80 | 126, len(payload))
    return bytes([flags | opcode]) + size + bytes(4) + payload


def upgraded(line: socket.socket) -> socket.socket:
    line.sendall(UPGRADE)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(1)
    assert answer.startswith(b"HTTP/1.1 101")
    return line


def read_to_the_end(line: socket.socket) -> bytes:
    """What still comes before the server closes or resets the connection."""
    received = b""
    try:
        while more := line.recv(4096):
            received += more
    except ConnectionResetError:
        pass
    return received


WRONG_TEXTS = {
    "no JSON": ("a question", 5),
    "empty": ("", 5),
    "scalar": ("17", 5),
    "array": ("[]", 5),
    "not a number": ("NaN", 5),
    "NUL": ("\x00", 5),
    "deep nesting": ("[" * 100_000, 5),
    "deep nesting inside": (f'{{"action":"subscribe","a":{"[" * 940}{"]" * 940}}}', 5),
    "huge integer": (f'{{"action":"subscribe","hash":"{HASH}","trackers":[{"9" * 5000}]}}', 5),
    "number beyond the range": ('{"action":"subscribe","trackers":[1e999]}', 5),
    "no action": (f'{{"hash":"{HASH}",{TRACKERS}}}', 7),
    "unknown action": ('{"action":"delete"}', 7),
    "action of a wrong type": ('{"action":["subscribe"]}', 7),
    "events of a wrong type": ('{"action":"subscribe","events":{},"trackers":[1]}', 7),
    "trackers of a wrong type": ('{"action":"subscribe","events":["state"],"trackers":{"1":1}}', 7),
    "integer of 64 bits and more": ('{"action":"subscribe","events":["state"],"trackers":[9223372036854775808]}', 7),
    "odd number as text": ('{"action":"subscribe","events":["state"],"trackers":["--5"]}', 7),
    "requests of a wrong type": ('{"action":"subscribe","requests":7}', 7),
    "wrong hash": (f'{{"action":"subscribe","hash":"x",{TRACKERS}}}', 3),
    "hash of a wrong type": (f'{{"action":"subscribe","hash":{{"a":[1]}},{TRACKERS}}}', 3),
    "surrogate as hash": (f'{{"action":"subscribe","hash":"{chr(92)}ud800",{TRACKERS}}}', 3),
    "NUL as hash": (f'{{"action":"subscribe","hash":"{chr(92)}u0000",{TRACKERS}}}', 3),
    "unknown hash": (f'{{"action":"subscribe","hash":"{HASH}",{TRACKERS}}}', 4),
    "surrogate to repeat": (f'{{"action":"unsubscribe","hash":"{HASH}",{TRACKERS},"a":"{chr(92)}ud800"}}', 4),
}


@pytest.mark.api(40, 41, 42)
@pytest.mark.parametrize(("text", "code"), WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
def test_wrong_text_is_answered_with_its_code(client: PlainClient, text: str, code: int) -> None:
    client.send(text)
    answer = client.message()
    assert (answer["type"], answer["status"]["code"]) == ("error", code)
    assert isinstance(answer["data"], dict)
    assert "hash" not in answer["data"]
    assert (answer["action"] is None) or code != 5
    assert client.is_silent()


@pytest.mark.parametrize("payload", [b"", b"\x00\xff", b'{"action":"subscribe"}'])
def test_binary_frame_is_answered_with_code_5(client: PlainClient, payload: bytes) -> None:
    client.send(payload)
    assert client.message()["status"]["code"] == 5


@pytest.mark.parametrize(("payload", "close_code"), [(b"x" * 2_000_000, 1009), (b"\xff\xfe", 1007)])
def test_long_or_invalid_text_ends_own_connection(client: PlainClient, payload: bytes, close_code: int) -> None:
    client.socket.send(payload, text=True)
    with pytest.raises(ConnectionClosed):
        client.frame()
    assert client.socket.close_code == close_code


def test_many_ids_in_one_command_are_answered(client: PlainClient, credential: str) -> None:
    answer = client.subscribe(credential, range(10**9, 10**9 + 50_000))
    assert len(answer["data"]["state"]["value"]) == 50_000


def test_answers_come_in_the_order_of_the_commands(client: PlainClient, credential: str) -> None:
    for number in range(200):
        client.send({"action": "unsubscribe", "hash": credential, "events": ["state"], "trackers": [number]})
    assert [client.message()["data"] for _ in range(200)] == [[number] for number in range(200)]


@pytest.mark.parametrize("payload", [b"", b"x" * 125])
def test_ping_is_answered(client: PlainClient, payload: bytes) -> None:
    assert client.socket.ping(payload).wait(PATIENCE_S)
    client.socket.pong(payload)
    assert client.is_silent()


@pytest.mark.parametrize(
    "sent",
    [
        frame(0x3, b"reserved opcode"),
        frame(0x1, b"{}", flags=0xF0),
        frame(0x9, b"x" * 126),
        frame(0x9, b"fragment of a ping", flags=0),
        frame(0x0, b"continues nothing"),
        frame(0x1, b"not masked")[:1] + b"\x02{}",
        frame(0x8, b"\x00\x01"),
        frame(0x8, b"\x03"),
        b"\x81\xff" + b"\xff" * 12,
    ],
)
def test_protocol_breach_ends_only_its_connection(dial: Callable[[], Any], sent: bytes) -> None:
    line = upgraded(dial())
    line.sendall(sent)
    assert read_to_the_end(line)[:1] in (b"", b"\x88")


def test_silent_or_unfinished_connections_disturb_nobody(
    server: Daphne, dial: Callable[[], socket.socket], bystander: PlainClient, van: Tracker
) -> None:
    for sent in [b"", UPGRADE[:40], UPGRADE[:-2], UPGRADE, UPGRADE + frame(0x1, b"half")[:-2]] * 20:
        dial().sendall(sent)
    drive(server, van, 1)
    assert bystander.message()["data"]["gps"]["speed"] == 2


def test_connection_reset_amid_writing_disturbs_nobody(
    server: Daphne, dial: Callable[[], socket.socket], bystander: PlainClient, van: Tracker, credential: str
) -> None:
    for speed in range(1, 6):
        line = upgraded(dial())
        line.sendall(frame(0x1, subscription(credential, van)))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        drive(server, van, speed)
        line.close()
        assert bystander.message()["event"] == "state"


def test_client_not_reading_delays_nobody_and_recovers(
    dial: Callable[[], socket.socket], bystander: PlainClient, van: Tracker, credential: str
) -> None:
    line = upgraded(dial())
    line.sendall(frame(0x1, subscription(credential, van)))
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    for first in range(0, 2000, 100):
        times = [start + timedelta(seconds=number) for number in range(first, first + 100)]
        reports = [
            Report(van.source.device_id, time, Fix(47.5, 19, altitude_m=(time - start).seconds)) for time in times
        ]
        ingest(reports, received_at=times[-1])
    heights = [bystander.message()["data"]["gps"]["alt"] for _ in range(2000)]
    assert heights == list(range(2000))
    received = b""
    with closing(line):
        while b'"alt":1999' not in received:
            received = received[-100:] + line.recv(65536)


def subscription(credential: str, van: Tracker) -> bytes:
    command = {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": [van.pk]}
    return json.dumps(command).encode()
