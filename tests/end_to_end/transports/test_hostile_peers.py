"""Peers that mean harm, or are broken: each gets a clear answer, memory stays bounded, the others are served."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from accounts.models import User
from accounts.notices import publish
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Daphne, Nginx, needs_nginx
from tests.end_to_end.test_states import drive
from tests.end_to_end.transports.clients import CLIENTS, LongPolling, Sse
from tests.end_to_end.transports.conftest import Fleet, make_fleet
from tests.end_to_end.transports.wire import CUT, PATH, PATIENCE_S, Exchange, dial, post, target
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, StatesChanged
from trackers.engine.state import Attribute, State
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
MEGABYTE = 1_000_000
# What a crowd may cost: a connection that is held takes about 40 kB, most of it Python objects.
BYTES_PER_CONNECTION = 100_000
# What the allocator keeps after a flood that is over.
SLACK_BYTES = 40 * MEGABYTE
CROWD = 2000
# As many connections may wait to be accepted: the kernel drops what is beyond, and they try again a second later.
BACKLOG = 40
# 40 MB for each client that does not read, many times what the sockets' buffers on both sides take.
ROUNDS = 160
# The server keeps 1,000 messages for a client that is behind.
MOST_WAITING = 1000


def resident_bytes(server: Daphne) -> int:
    """The memory that the process occupies now."""
    for row in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if row.startswith("VmRSS:"):
            return int(row.split()[1]) * 1024
    raise AssertionError("no VmRSS")


@contextmanager
def growing_by_less_than(limit: int, server: Daphne) -> Iterator[None]:
    """The server's memory must not grow by more while the block runs, as seen at its end."""
    before = resident_bytes(server)
    yield
    assert resident_bytes(server) - before < limit


@pytest.fixture
def besieged(serve: Start) -> Daphne:
    """A process of its own, so that what the others left does not count."""
    return serve(name="besieged")


@pytest.fixture
def fleet(besieged: Daphne, alice: User, register: Callable[..., Tracker]) -> Fleet:
    return make_fleet(besieged, alice, register)


@pytest.fixture
def bystander(besieged: Daphne, fleet: Fleet) -> Iterator[PlainClient]:
    """Somebody else, who must get the next report whatever the test did."""
    with PlainClient(besieged) as client:
        client.subscribe(fleet.credential, [van.pk for van in fleet.vans])
        client.messages(len(fleet.vans))
        yield client
        drive(besieged, fleet.vans[1], 99)
        while (message := client.message())["event"] != "state" or message["data"]["gps"]["speed"] != 183:
            pass


@pytest.fixture
def lines() -> Iterator[list[socket.socket]]:
    """Sockets that are closed after the test."""
    opened: list[socket.socket] = []
    yield opened
    for line in opened:
        line.close()


def request_bytes(method: str, pairs: list[tuple[str, str]], *fields: str, end: str = "\r\n\r\n") -> bytes:
    return "\r\n".join([f"{method} {target(pairs)} HTTP/1.1", "Host: 127.0.0.1", *fields]).encode() + end.encode()


def poll_parameters(transport: str = "long-polling") -> list[tuple[str, str]]:
    return [("X-Atmosphere-tracking-id", str(uuid4())), ("X-Atmosphere-Transport", transport)]


def status_of(line: socket.socket) -> int:
    """The status of what comes, or 0 when the connection ends without an answer."""
    received = b""
    with suppress(*CUT):
        while b"\r\n" not in received:
            more = line.recv(4096)
            if not more:
                return 0
            received += more
    return int(received.split()[1]) if received else 0


def test_thousands_of_unread_connections_cost_little(
    besieged: Daphne, bystander: PlainClient, fleet: Fleet, lines: list[socket.socket]
) -> None:
    kinds = ["long-polling", "long-polling", "sse", "streaming"]
    with growing_by_less_than(CROWD * BYTES_PER_CONNECTION, besieged):
        for number in range(CROWD):
            lines.append(dial(besieged))
            lines[-1].sendall(request_bytes("GET", poll_parameters(kinds[number % 4])))
            if number % BACKLOG == 0:
                assert httpx.get(f"{besieged.url}/healthz", timeout=PATIENCE_S).status_code == 200
        for line in lines[1::10]:
            assert status_of(line) == 200
        drive(besieged, fleet.vans[0], 1)
        assert bystander.message()["data"]["gps"]["speed"] == 2


def test_requests_that_never_end_cost_little(
    besieged: Daphne, bystander: PlainClient, fleet: Fleet, lines: list[socket.socket]
) -> None:
    unfinished = [
        b"",
        b"GET /event/sub",
        request_bytes("GET", poll_parameters(), end="\r\n"),
        request_bytes("POST", poll_parameters(), "Content-Length: 1000000") + b"x",
        request_bytes("POST", poll_parameters(), "Transfer-Encoding: chunked") + b"fffff\r\nx",
    ]
    with growing_by_less_than(CROWD * BYTES_PER_CONNECTION, besieged):
        for number in range(CROWD):
            lines.append(dial(besieged))
            lines[-1].sendall(unfinished[number % len(unfinished)])
            if number % BACKLOG == 0:
                assert httpx.get(f"{besieged.url}/healthz", timeout=PATIENCE_S).status_code == 200
        for _ in range(10):  # one byte more of each slow body, ten times
            for line in lines[3::100]:
                line.sendall(b"x")
        drive(besieged, fleet.vans[0], 1)
        assert bystander.message()["data"]["gps"]["speed"] == 2


def big_state(van: Tracker, revision: int) -> State:
    now = van.source.created_at
    return State(van.source_id, now, revision=revision, additional={"text": Attribute("v" * 250_000, now)})


def flood(alice: User, van: Tracker, bystander: PlainClient) -> None:
    """Lets a van send far more than what is kept of it may take, at the speed of the bystander."""
    for revision in range(1, ROUNDS + 1):
        publish(alice.pk, StatesChanged((big_state(van, revision),)))
        bystander.message()


@pytest.mark.parametrize("transport", ["sse", "streaming", "long-polling", "jsonp"])
def test_client_not_reading_costs_little_keeps_lifecycle(
    besieged: Daphne, bystander: PlainClient, fleet: Fleet, alice: User, leave: ExitStack, transport: str
) -> None:
    sleepers = [leave.enter_context(CLIENTS[transport](besieged, tracks=True)).open() for _ in range(4)]
    for sleeper in sleepers:
        fleet.watch(sleeper)
        sleeper.hold()
    with growing_by_less_than(2 * SLACK_BYTES, besieged):  # all of it would be four times 40 MB
        flood(alice, fleet.vans[0], bystander)
    set_blocked(fleet.source_ids[0], is_blocked=True)
    for sleeper in sleepers:
        received = 0
        while sleeper.next_message()["event"] == "state":
            received += 1
        assert received < ROUNDS


@pytest.mark.parametrize("transport", ["websocket", "sse", "streaming"])
def test_client_letting_too_much_wait_is_ended(
    besieged: Daphne, bystander: PlainClient, fleet: Fleet, alice: User, leave: ExitStack, transport: str
) -> None:
    # With lengths: without them a stream rests between messages, and then the flood may be over before it is full.
    sleeper = fleet.watch(leave.enter_context(CLIENTS[transport](besieged, tracks=True)).open())
    flood(alice, fleet.vans[0], bystander)
    with growing_by_less_than(SLACK_BYTES, besieged):
        for number in range(MOST_WAITING + 200):
            event = LifecycleEvent.UNBLOCK if number % 2 else LifecycleEvent.BLOCK
            publish(alice.pk, LifecycleChanged(fleet.source_ids[0], event))
            while bystander.message()["event"] != "lifecycle":
                pass
    frames = 0
    with suppress(AssertionError, ConnectionError, ConnectionClosed):
        while sleeper.next_raw():
            frames += 1
    assert frames < MOST_WAITING


FLOODS = {
    "many headers": [f"X-Header-{number}: {'v' * 100}" for number in range(1000)],
    "long header": ["X-Header: " + "v" * MEGABYTE],
    "long id in a header": ["X-Atmosphere-tracking-id: " + "a" * 100_000],
    "header without an end": ["v" * 100_000],
}


@pytest.mark.parametrize("fields", FLOODS.values(), ids=FLOODS.keys())
def test_flood_of_headers_is_refused(
    besieged: Daphne, bystander: PlainClient, lines: list[socket.socket], fields: list[str]
) -> None:
    with growing_by_less_than(SLACK_BYTES, besieged):
        for _ in range(20):
            line = dial(besieged)
            lines.append(line)
            with suppress(*CUT):
                line.sendall(request_bytes("GET", poll_parameters(), *fields))
            assert status_of(line) in (0, 400, 414, 431)


def test_long_address_is_refused(besieged: Daphne, bystander: PlainClient) -> None:
    with Exchange(besieged, f"{PATH}?X-Atmosphere-tracking-id={'a' * MEGABYTE}") as request:
        assert status_of(request.line) in (0, 400, 414)


def test_bodies_beyond_the_limit_are_refused(besieged: Daphne, bystander: PlainClient) -> None:
    with growing_by_less_than(SLACK_BYTES, besieged):
        for _ in range(10):
            with post(besieged, poll_parameters(), b"x" * 2 * MEGABYTE) as response:
                assert response.status == 413


@needs_nginx
def test_huge_bodies_do_not_come_past_the_proxy(nginx_site: Nginx) -> None:
    """daphne itself would read them to their end before it says anything."""
    with ExitStack() as bounds:
        for process in nginx_site.processes:
            bounds.enter_context(growing_by_less_than(SLACK_BYTES, process))
        with Exchange(nginx_site, target(poll_parameters()), method="POST", body=b"x" * 60 * MEGABYTE) as request:
            assert status_of(request.line) in (0, 413)


def test_client_that_never_polls_gets_pushes_refused(
    besieged: Daphne, bystander: PlainClient, fleet: Fleet, leave: ExitStack
) -> None:
    client = leave.enter_context(LongPolling(besieged)).open()
    fleet.watch(client)
    client.lose()
    address, text = f"{besieged.url}{target(client.push_parameters)}", '{"action":"' + "a" * 1000 + '"}'
    with growing_by_less_than(SLACK_BYTES, besieged), httpx.Client(timeout=PATIENCE_S) as http:
        statuses = Counter(http.post(address, content=text).status_code for _ in range(2000))
    assert set(statuses) == {200, 503}
    assert statuses[200] <= 1000
    answers = 0
    while answers < statuses[200]:
        assert client.next_message()["type"] == "error"
        answers += 1
    assert client.is_silent()


def test_pushes_with_unknown_ids_are_not_kept(besieged: Daphne, bystander: PlainClient) -> None:
    text = '{"action":"' + "a" * 10_000 + '"}'

    def push(_: int) -> int:
        with post(besieged, poll_parameters(), text) as response:
            return response.status

    with growing_by_less_than(2 * SLACK_BYTES, besieged), ThreadPoolExecutor(100) as pool:
        statuses = Counter(pool.map(push, range(1500)))
    assert set(statuses) <= {200, 503}


def test_connections_that_are_reset_at_once_leave_nothing(
    besieged: Daphne, bystander: PlainClient, fleet: Fleet
) -> None:
    with growing_by_less_than(SLACK_BYTES, besieged):
        for number in range(1000):
            exchange = Exchange(besieged, target(poll_parameters(["sse", "long-polling", "streaming"][number % 3])))
            exchange.reset()
            if number % BACKLOG == 0:
                assert httpx.get(f"{besieged.url}/healthz", timeout=PATIENCE_S).status_code == 200
    drive(besieged, fleet.vans[0], 1)
    assert bystander.message()["data"]["gps"]["speed"] == 2


def test_pages_taking_over_mutually_do_not_spin(besieged: Daphne, bystander: PlainClient) -> None:
    """Two tabs with one id, each polling again as soon as it is ended: once a second is often enough."""
    tracking_id, ends = str(uuid4()), time.monotonic() + 3
    pairs = [("X-Atmosphere-tracking-id", tracking_id), ("X-Atmosphere-Transport", "long-polling")]

    def poll_on(_: int) -> int:
        count = 0
        while time.monotonic() < ends:
            with Exchange(besieged, target(pairs)) as response, suppress(TimeoutError):
                response.line.settimeout(max(ends - time.monotonic(), 0.01))
                assert response.body().strip() == ""
                count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(poll_on, range(2))) <= 8


def test_garbage_is_answered_or_cut(besieged: Daphne, bystander: PlainClient, leave: ExitStack) -> None:
    for garbage in (
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"\r\n" * 1000,
        b"GET " + PATH.encode() + b" HTTP/9.9\r\n\r\n",
    ):
        with dial(besieged) as line:
            line.sendall(garbage)
            line.shutdown(socket.SHUT_WR)
            assert status_of(line) in (0, 200, 400, 505)
    assert leave.enter_context(Sse(besieged)).open().is_silent()
