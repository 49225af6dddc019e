"""Reports at the documented rates: everything is stored, everything is seen, and a server told to stop stops."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.plain_client import PlainClient, log_in
from tests.end_to_end.servers import Broker, Daphne
from tests.patience import PATIENCE_S
from tests.trackers.bodies import ngp_message
from trackers.models import SourceState, Tracker

STATES_PER_S = 350
BURSTS = 3
# A second on a quiet machine; tests run on busy ones.
BURST_S = 30
Register = Callable[..., Tracker]


@pytest.fixture
def own_server(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Daphne]:
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url}
    with Daphne(environment, tmp_path / "log") as server:
        yield server
    assert "Traceback" not in server.log_text()


@pytest.mark.alone
@pytest.mark.api(73)
def test_a_viewer_gets_350_states_per_second(server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice) for _ in range(STATES_PER_S // 7)]
    with PlainClient(server) as client:
        client.subscribe(log_in(server, alice.login), [van.pk for van in vans])
        client.messages(len(vans))
        for burst in range(BURSTS):
            started = time.monotonic()
            messages = [
                ngp_message(van.source.device_id, f"2024-05-02T08:{burst:02}:{second:02}Z", number=number)
                for number, (second, van) in enumerate(product(range(7), vans))
            ]
            assert httpx.post(f"{server.url}/ingest/ngp", json=messages, timeout=PATIENCE_S).json()["refused"] == []
            seen = {client.message()["data"]["additional"]["number"]["value"] for _ in messages}
            assert len(seen) == STATES_PER_S
            assert time.monotonic() - started < BURST_S


@pytest.mark.api(73)
def test_12000_reports_in_arrays_are_stored(server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice) for _ in range(300)]
    messages = [
        ngp_message(van.source.device_id, f"2024-05-02T08:{second // 60:02}:{second % 60:02}Z")
        for second in range(40)
        for van in vans
    ]
    for part in (messages[:10_000], messages[10_000:]):
        answer = httpx.post(f"{server.url}/ingest/ngp", json=part, timeout=PATIENCE_S)
        assert (answer.status_code, answer.json()) == (200, {"stored": len(part), "refused": []})
    assert set(SourceState.objects.values_list("revision", flat=True)) == {40}


def test_stopping_server_keeps_every_acknowledged_report(own_server: Daphne, alice: User, register: Register) -> None:
    vans = [register(alice) for _ in range(4)]
    acknowledged = dict.fromkeys(vans, 0)

    def keep_sending(van: Tracker) -> None:
        with httpx.Client(timeout=PATIENCE_S) as http:
            for second in range(1, 3600):
                time_text = f"2024-05-02T08:{second // 60:02}:{second % 60:02}Z"
                body = json.dumps(ngp_message(van.source.device_id, time_text, number=second))
                try:
                    answer = http.post(f"{own_server.url}/ingest/ngp", content=body)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200
                acknowledged[van] = second
                if second == 50:
                    is_busy.set()

    is_busy = threading.Event()
    threads = [threading.Thread(target=keep_sending, args=[van]) for van in vans]
    for thread in threads:
        thread.start()
    assert is_busy.wait(PATIENCE_S)
    own_server.stop()
    for thread in threads:
        thread.join()
    for van, number in acknowledged.items():
        stored = SourceState.objects.get(pk=van.source_id).state.additional["number"].value
        assert number <= int(stored) <= number + 1
