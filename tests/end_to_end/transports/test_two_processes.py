"""Two processes behind nginx: who goes where, how they find each other, and one of them dying."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Daphne, Nginx, needs_nginx, wait_until
from tests.end_to_end.transports.client import Line
from tests.end_to_end.transports.clients import CLIENTS, Sse
from tests.end_to_end.transports.conftest import Fleet, brief, make_fleet, source_of
from tests.end_to_end.transports.wire import CLOSE_WAIT, ESTABLISHED, PATH, Exchange, connections, get, target
from trackers.models import Tracker

pytestmark = needs_nginx
# So often that both cases occur: the chance that all land where they are at home is one in a million.
MANY = 20
IDS = [f"client-{number}" for number in range(MANY)]


@pytest.fixture
def fleet(nginx_site: Nginx, alice: User, register: Callable[..., Tracker]) -> Fleet:
    return make_fleet(nginx_site, alice, register)


def held_by(site: Nginx) -> Counter[int]:
    """How many connections each process has, by its port."""
    ports = {process.port for process in site.processes}
    return Counter(here for here, _, state in connections() if here in ports and state in (ESTABLISHED, CLOSE_WAIT))


@pytest.fixture
def idle_site(nginx_site: Nginx) -> Nginx:
    """The site when the clients of other tests are gone."""
    wait_until(lambda: not held_by(nginx_site), "the end of older connections")
    return nginx_site


@pytest.mark.atmosphere(5)
def test_new_clients_spread_over_the_processes(idle_site: Nginx, leave: ExitStack) -> None:
    for _ in range(MANY):
        leave.enter_context(Sse(idle_site)).open()
    assert set(held_by(idle_site)) == {process.port for process in idle_site.processes}


@pytest.mark.parametrize("where", ["query", "lower case", "late in the query", "header"])
@pytest.mark.atmosphere(1)
def test_requests_with_one_id_share_a_process(idle_site: Nginx, where: str) -> None:
    def process_of(tracking_id: str, where: str) -> int:
        name = "x-atmosphere-tracking-id" if where == "lower case" else "X-Atmosphere-tracking-id"
        pairs = [(name, tracking_id)] if where != "header" else []
        pairs.insert(0 if where == "late in the query" else len(pairs), ("X-Atmosphere-Transport", "sse"))
        headers = {name: tracking_id} if where == "header" else None
        with get(idle_site, pairs, headers=headers) as response:
            assert response.headers["x-atmosphere-tracking-id"] == tracking_id
            (port,) = held_by(idle_site)
        wait_until(lambda: not held_by(idle_site), "the end of the connection")
        return port

    processes = {tracking_id: process_of(tracking_id, where) for tracking_id in IDS}
    assert processes == {tracking_id: process_of(tracking_id, "query") for tracking_id in IDS}
    assert set(processes.values()) == {process.port for process in idle_site.processes}


@pytest.mark.parametrize(
    ("transport", "line"), [(name, Line.LEGACY_2) for name in CLIENTS] + [("sse", Line.TYPESCRIPT)]
)
@pytest.mark.atmosphere(43, 56)
def test_pushes_and_reconnections_find_their_client(
    nginx_site: Nginx, fleet: Fleet, leave: ExitStack, transport: str, line: Line
) -> None:
    for number in range(8):
        client = leave.enter_context(CLIENTS[transport](nginx_site, line=line)).open()
        fleet.watch(client)
        client.lose()
        fleet.drive(0, 10 + number)
        client.come_back()
        assert source_of(client.next_message()) == fleet.source_ids[0]
        fleet.drive(1, 10 + number)
        assert source_of(client.next_message()) == fleet.source_ids[1]
        assert client.is_silent()


@pytest.fixture
def pair(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Nginx]:
    """A site of its own, so that its processes may die."""
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "TRUSTED_PROXIES": "127.0.0.1"}
    with ExitStack() as running:
        processes = [running.enter_context(Daphne(environment, tmp_path / name)) for name in ("left", "right")]
        yield running.enter_context(Nginx(processes, tmp_path))


@pytest.mark.atmosphere(58)
def test_clients_of_dead_process_reconnect_and_resubscribe(
    pair: Nginx, alice: User, register: Callable[..., Tracker], leave: ExitStack
) -> None:
    fleet = make_fleet(pair, alice, register)
    clients = [leave.enter_context(kind(pair)).open() for kind in CLIENTS.values() for _ in range(3)]
    for client in clients:
        fleet.watch(client)
    pair.processes[0].kill()
    for client in clients:
        client.drop()
        client.come_back()
        # Of some the process lives; they go on, and get their states once more.
        fleet.watch(client)
    fleet.drive(0, 10)
    for client in clients:
        assert brief(client.next_message()) == ("state", fleet.source_ids[0], 19)


@pytest.mark.atmosphere(58)
def test_process_that_is_started_again_gets_clients_again(pair: Nginx, leave: ExitStack) -> None:
    for process in pair.processes:
        process.kill()
        for _ in range(4):
            leave.enter_context(Sse(pair)).open()
        process.start()


def test_hashes_in_addresses_are_not_logged(nginx_site: Nginx) -> None:
    secret = uuid4().hex
    with Exchange(nginx_site, target([("hash", secret)], PATH), method="OPTIONS") as response:
        assert response.status == 200
    with Exchange(nginx_site, f"/no-such-thing?hash={secret}", headers={"Referer": f"/?hash={secret}"}) as response:
        assert response.status >= 400
    wait_until(lambda: "/no-such-thing" in nginx_site.log_text(), "the line in the log")
    assert secret not in nginx_site.log_text()


def test_keys_in_addresses_of_devices_are_not_logged(nginx_site: Nginx) -> None:
    key = uuid4().hex
    for path in (f"/ingest/osmand/{key}?id=nobody", f"/v2/ingest/osmand/{key}/?id=nobody"):
        with Exchange(nginx_site, path) as response:
            assert response.status == 400
    wait_until(lambda: '/v2/ingest/osmand/..."' in nginx_site.log_text(), "the line in the log")
    assert key not in nginx_site.log_text()


def test_address_that_a_client_claims_counts_for_nothing(nginx_site: Nginx, leave: ExitStack) -> None:
    client = leave.enter_context(Sse(nginx_site)).open()
    claims = {"X-Forwarded-For": "192.0.2.1"}
    goodbye = [("X-Atmosphere-Transport", "close"), ("X-Atmosphere-tracking-id", client.tracking_id)]
    with get(nginx_site, goodbye, headers=claims) as response:
        assert response.status == 200
    assert client.wait_for_end() == []
