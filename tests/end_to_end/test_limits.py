"""Limits of a running server: what a stranger may cost it, and what over the limit is told."""

from __future__ import annotations

import json
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PATIENCE_S, PlainClient
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_bad_input import upgraded
from tests.end_to_end.test_slow_reader import resident_bytes
from tests.end_to_end.transports.clients import Sse
from tests.end_to_end.transports.wire import CUT, ELSEWHERE, dial, get, post
from trackers.models import Tracker

MEGABYTE = 1_000_000
# What the allocator keeps after a flood that is over.
SLACK_BYTES = 40 * MEGABYTE
reads_memory = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")


@pytest.fixture
def leave() -> Iterator[ExitStack]:
    """Drops, after the test, the connections of the clients that are handed to it."""
    with ExitStack() as stack:
        yield stack


# Calls


@pytest.mark.api(7, 12)
def test_only_calls_beyond_the_limit_get_429(serve: Start, alice: User) -> None:
    # So few that a busy machine gets beyond.
    server = serve(MAX_REQUESTS_PER_SECOND="5")
    credential, other = create_session(alice), create_session(alice)
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http, ThreadPoolExecutor(8) as pool:

        def ask(_: int) -> httpx.Response:
            return http.get("/base/nothing", params={"hash": credential})

        answers = list(pool.map(ask, range(300)))
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) == {200, 429}
        assert statuses[200] >= 5
        [refusal] = {answer.text for answer in answers if answer.status_code == 429}
        assert json.loads(refusal)["status"]["code"] == 15
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 429} == {"1"}
        assert http.get("/base/nothing", params={"hash": other}).status_code == 200


@pytest.mark.api(7)
def test_call_with_too_large_body_gets_412(serve: Start, alice: User) -> None:
    server = serve(MAX_REQUEST_BYTES="1000")
    parameters = {"hash": create_session(alice), "note": "n" * 2000}
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        answer = http.post("/base/nothing", json=parameters)
        assert (answer.status_code, answer.json()["status"]["code"]) == (412, 9)
        assert http.post("/base/nothing", json={**parameters, "note": "n"}).status_code == 200


def test_polls_of_one_address_beyond_the_limit_get_429_a_second_later(serve: Start) -> None:
    server = serve(MAX_EVENT_REQUESTS_PER_SECOND_PER_ADDRESS="20")
    poll = {"X-Atmosphere-Transport": "polling", "X-Atmosphere-tracking-id": "11111111-1111-1111-1111-111111111111"}
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http, ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: http.get("/event/subscription", params=poll), range(60)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        # Whoever repeats a refused request at once does so once a second.
        assert min(answer.elapsed.total_seconds() for answer in refused) >= 1
        assert http.get("/healthz").status_code == 200
        assert http.get("/event/subscription", params=poll).status_code == 200


# The log


def test_strangers_cannot_make_the_log_grow(start_server: Start, transactional_db: None) -> None:
    server = start_server(name="watched")
    before = len(server.log_text())
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        # To the bare host devices report, and this is no report.
        for path, status in (("/healthz", 405), ("/readyz", 405), ("/docs/", 405), ("/", 400)):
            answers = [http.post(path) for _ in range(30)]
            assert {answer.status_code for answer in answers} == {status}
        assert server.log_text()[before:] == ""
        hosts = [http.get("/base/nothing", headers={"Host": "h" * 9_000}) for _ in range(60)]
        forms = [http.post("/admin/login/", data={"username": "a"}) for _ in range(60)]
        # daphne writes a traceback of each of these.
        roots = [http.get("/healthz", headers={"Daphne-Root-Path": b"\xff"}) for _ in range(60)]
    assert ({one.status_code for one in hosts}, {one.status_code for one in forms}) == ({400}, {403})
    assert {one.status_code for one in roots} == {500}
    # Twenty lines a minute of each kind, and the test may see the end of a minute.
    assert len(server.log_text()) - before < 2 * 3 * 20 * 2_500


# Connections


def test_unbound_clients_connections_count_by_address(serve: Start, leave: ExitStack) -> None:
    server = serve(MAX_CONNECTIONS_PER_ADDRESS="2", ATMOSPHERE_BIND_ADDRESS="0")
    first, second = (leave.enter_context(Sse(server)).open() for _ in range(2))
    with get(server, second.parameters) as refused:
        assert refused.status == 503
    elsewhere = leave.enter_context(Sse(server, source=ELSEWHERE, tracking_id=first.tracking_id))
    elsewhere.connect()
    elsewhere.push('{"action":"delete"}')
    while (text := elsewhere.next_text()) == "X" or "|X|" in text:
        pass
    assert json.loads(text)["status"]["code"] == 7


@pytest.fixture
def narrow(serve: Start) -> Daphne:
    """A server with small limits for what is said on connections."""
    return serve(
        MAX_COMMANDS_PER_SECOND="3",
        MAX_TRACKERS_PER_COMMAND="5",
        MAX_HASHES_PER_CONNECTION="1",
        MAX_CONNECTIONS_PER_LOGIN="1",
        MAX_MESSAGE_BYTES="1000",
    )


def test_client_limits_are_told_without_closing(
    narrow: Daphne, alice: User, charlie: User, register: Callable[..., Tracker]
) -> None:
    van, credential = register(alice), create_session(alice)
    with PlainClient(narrow) as client, PlainClient(narrow) as second:
        assert client.subscribe(credential, range(van.pk, van.pk + 6))["status"]["code"] == 221
        assert client.subscribe(credential, [van.pk])["type"] == "response"
        client.message()
        assert client.subscribe(create_session(charlie), [van.pk])["status"]["code"] == 268
        refusal = client.subscribe(credential, [van.pk])
        assert (refusal["status"]["code"], refusal["action"]) == (15, "subscription/subscribe")
        assert refusal["data"] == {"events": ["state"], "trackers": [van.pk]}
        assert second.subscribe(credential, [van.pk])["status"]["code"] == 268
        assert second.is_silent()
        assert client.is_silent()


@pytest.mark.parametrize(("text", "is_too_long"), [("é" * 500, False), ("é" * 501, True), ("x" * 1001, True)])
def test_message_beyond_the_limit_ends_its_connection(narrow: Daphne, text: str, is_too_long: bool) -> None:
    with PlainClient(narrow) as client:
        client.send(text)
        if is_too_long:
            with pytest.raises(ConnectionClosed):
                client.frame()
            assert client.socket.close_code == 1009
        else:
            assert client.message()["status"]["code"] == 5


def test_push_beyond_the_limit_is_refused(narrow: Daphne, leave: ExitStack) -> None:
    client = leave.enter_context(Sse(narrow)).open()
    with post(narrow, client.push_parameters, "x" * 1001) as response:
        assert response.status == 413
    client.push("x" * 1000)
    assert client.next_message()["status"]["code"] == 5


# Floods


@pytest.fixture
def besieged(serve: Start) -> Daphne:
    """A process of its own, so that what the others left does not count."""
    return serve(name="flooded")


@reads_memory
@pytest.mark.parametrize("frame_bytes", [200 * MEGABYTE, 10_000], ids=["one frame", "many frames"])
def test_message_that_never_ends_is_not_kept(besieged: Daphne, frame_bytes: int) -> None:
    before, received = resident_bytes(besieged.pid), b""
    with dial(besieged) as line:
        upgraded(line)
        with suppress(*CUT):
            for frame in never_ending_message(frame_bytes):
                line.sendall(frame)
        assert resident_bytes(besieged.pid) - before < SLACK_BYTES
        line.setblocking(False)
        with suppress(*CUT):
            received = line.recv(100)
    # A close frame with a code and a reason; it may be lost when the server cuts what is still sent.
    assert received == b"" or (received[0], *struct.unpack("!H", received[2:4])) == (0x88, 1009)


def never_ending_message(frame_bytes: int) -> Iterator[bytes]:
    """The first 100 MB of a text in frames of this length, masked with zeros."""
    sent, opcode = 0, 0x01
    while sent < 100 * MEGABYTE:
        size = struct.pack("!BQ", 0xFF, frame_bytes) if frame_bytes > 0xFFFF else struct.pack("!BH", 0xFE, frame_bytes)
        yield bytes([opcode]) + size + bytes(4)
        for _ in range(0, frame_bytes, MEGABYTE):
            yield bytes(min(frame_bytes, MEGABYTE))
        sent, opcode = sent + frame_bytes, 0x00


@reads_memory
def test_excess_commands_wait_with_their_sender(besieged: Daphne, alice: User) -> None:
    """Each asks the database, which takes longer than the sending; the answers are short."""
    command = {"action": "unsubscribe", "hash": create_session(alice), "requests": [{"type": "state", "trackers": [1]}]}
    text, count, peak = json.dumps({**command, "note": "n" * 200_000}), 400, 0
    with PlainClient(besieged) as client:
        client.send(text)
        client.message()
        before = resident_bytes(besieged.pid)
        sender = threading.Thread(target=lambda: [client.send(text) for _ in range(count)], daemon=True)
        sender.start()
        for _ in range(count):
            assert client.message()["type"] == "response"
            peak = max(peak, resident_bytes(besieged.pid))
        sender.join(PATIENCE_S)
    assert peak - before < SLACK_BYTES
