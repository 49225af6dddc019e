"""One scrape of a running installation: it tells of all its processes, and has every metric that is named anywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from tests.alerts.raising import make_hook
from tests.end_to_end.conftest import database_url
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import PlainClient, call, log_in, report
from tests.end_to_end.servers import ROOT, STOP_TIMEOUT_S, Broker, Daphne, command_environment, wait_until
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.scrapes import Scrape
from tests.trackers.bodies import ngp_message
from trackers.models import Tracker

TOKEN = "a token of the operator"
NAME = re.compile(r"\b(?:fleetsphere|process)_[a-z_]+[a-z]")
# The dashboard and the alerts ask for parts of a histogram by their names; the documentation names the whole.
PARTS = ("", "_bucket")
PROMTOOL = shutil.which("promtool")


class Installation:
    """Two web servers, housekeeping and the command for MQTT, which share a folder as on one machine."""

    def __init__(self, broker: Broker, mail_room: MailRoom, folder: Path) -> None:
        (folder / "static").mkdir()  # the product warns of a missing one
        self._folder = folder
        self._environment = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": broker.url,
            "MQTT_URL": f"mqtt://127.0.0.1:{free_port()}",
            "METRICS_TOKEN": TOKEN,
            "DATA_DIR": str(folder),
            **mail_room.settings,
        }
        self.servers = [Daphne(self._environment, folder / f"log-{number}") for number in range(2)]

    @contextmanager
    def running(self) -> Iterator[None]:
        with ExitStack() as stack:
            for server in self.servers:
                stack.enter_context(server)
            for command in ("housekeeping", "ingest_mqtt"):
                stack.enter_context(self._running(command))
            wait_until(lambda: len(self.processes()) == 4, "four processes that tell")
            yield

    @contextmanager
    def _running(self, command: str) -> Iterator[None]:
        environment = command_environment(self._environment)
        with (self._folder / command).open("ab") as log:
            process = subprocess.Popen([sys.executable, "manage.py", command], cwd=ROOT, env=environment, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(STOP_TIMEOUT_S)

    def scrape(self, server: Daphne | None = None) -> Scrape:
        address = f"{(server or self.servers[0]).url}/metrics"
        return Scrape(httpx.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S).text)

    def processes(self) -> set[str]:
        return {process for (process,) in self.scrape().values("process_open_fds", "process")}


@pytest.fixture
def installation(broker: Broker, mail_room: MailRoom, transactional_db: None, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(broker, mail_room, tmp_path)
    with installation.running():
        yield installation


def stored(scrape: Scrape) -> float:
    return scrape.values("fleetsphere_reports_total", "way", "outcome").get(("osmand", "stored"), 0)


def test_a_scrape_of_either_process_counts_the_reports_of_both(
    installation: Installation, alice: User, register: Callable[..., Tracker]
) -> None:
    device_id = register(alice).source.device_id
    first, second = installation.servers
    for number in range(5):
        assert report(first, device_id, 1714637700 + number, lat=52.5, lon=13.4) == 200
    assert report(second, device_id, 1714637800, lat=52.5, lon=13.4) == 200
    for server in installation.servers:
        wait_until(lambda server=server: stored(installation.scrape(server)) == 6, "the reports of both")
    assert installation.processes() == {"serve-0", "serve-1", "housekeeping-0", "ingest_mqtt-0"}


def test_a_killed_process_is_left_out_and_its_successor_takes_its_name(installation: Installation) -> None:
    first, second = installation.servers
    names = installation.processes()
    second.kill()
    wait_until(lambda: len(installation.processes()) == 3, "three processes that tell")
    second.start()
    wait_until(lambda: installation.processes() == names, "four processes that tell")


def test_metrics_are_told_where_named_and_named_where_told(
    installation: Installation, alice: User, register: Callable[..., Tracker]
) -> None:
    dashboard = json.loads(read("deploy/grafana.json"))
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    sources = [set(NAME.findall(text)) for text in (asked, read("deploy/alerts.yml"), read("docs/operations.md"))]
    assert all(len(names) > 10 for names in sources)
    with busy(installation.servers[0], alice, register(alice)):
        # What is read from the database is a few seconds old.
        lacking = partial(untold, set().union(*sources))
        wait_until(
            lambda: not lacking(installation.scrape()), "all metrics", describe=lambda: lacking(installation.scrape())
        )
        scrape = installation.scrape()
    ours = {name for name in scrape.names if name.startswith("fleetsphere_")}
    assert {name for name in ours if re.sub("_(bucket|sum|count)$", "", name) not in sources[2]} == set()
    # Debian has it in the package of the whole server: where it is not there Python's reader of the format has to do.
    if PROMTOOL:
        assert complaints(PROMTOOL, "check", "metrics", text=scrape.text) == []
        assert complaints(PROMTOOL, "check", "rules", "deploy/alerts.yml") == []


def untold(named: set[str], scrape: Scrape) -> set[str]:
    """Those of the names that the scrape has not."""
    return {name for name in named if not scrape.names & {name + part for part in PARTS}}


def complaints(*command: str, text: str = "") -> list[str]:
    """What a program does not like."""
    told = subprocess.run(command, input=text, text=True, capture_output=True, cwd=ROOT)
    return [*told.stderr.splitlines(), *(["it failed"] if told.returncode else [])]


@contextmanager
def busy(server: Daphne, alice: User, van: Tracker) -> Iterator[None]:
    """Does a little of all that is counted, and has a client stay."""
    credential = log_in(server, alice.login)
    with PlainClient(server) as client:
        client.subscribe(credential, [van.pk])
        client.message()
        assert report(server, van.source.device_id, 1714637700, lat=52.5, lon=13.4, batt=900) == 200
        client.message()
        assert report(server, "nobody", 1714637700, lat=52.5, lon=13.4) == 400
        assert report(server, van.source.device_id, 1714637700, lat=520, lon=13.4) == 400
        assert httpx.get(f"{server.url}/ingest/ngp", timeout=PATIENCE_S).status_code == 405
        call(server, "user/restore_password", login=alice.login)
        call_for_help(server, credential, van)
        yield


def call_for_help(server: Daphne, credential: str, van: Tracker) -> None:
    """Makes an alert, and a post about it that waits as its receiver is nowhere."""
    hook, _ = make_hook(van, "https://hooks.invalid/")
    rule = {"name": "Help", "type": "sos", "primary_text": "help", "trackers": [van.pk]}
    assert call(server, "tracker/rule/create", hash=credential, rule={**rule, "alerts": {"webhook_ids": [hook.pk]}})
    assert report(server, van.source.device_id, int(time.time()), lat=52.5, lon=13.4, alarm="sos") == 200


def test_strangers_make_no_series_of_their_own(
    installation: Installation, alice: User, register: Callable[..., Tracker]
) -> None:
    server, van = installation.servers[0], register(alice)
    for number in range(20):
        report(server, f"stranger-{number}", 1714637700, lat=52.5, lon=13.4)
        report(server, van.source.device_id, 1714637700, lat=52.5, lon=13.4, **{f"made_up_{number}": "x"})
        httpx.get(f"{server.url}/user/made_up_{number}", timeout=PATIENCE_S)
        httpx.get(f"{server.url}/made_up_{number}/list", timeout=PATIENCE_S)
        for value in ({}, "x" * 20_000, [[[[[[[[1]]]]]]]]):
            message = ngp_message(van.source.device_id, **{f"made_up_{number}": value})
            httpx.post(f"{server.url}/ingest/ngp", json=message, timeout=PATIENCE_S)
    text = installation.scrape().text
    assert "stranger" not in text and "made_up" not in text and "device-" not in text
    assert installation.scrape().values("fleetsphere_calls_total", "call")["unknown",] == 40


def read(name: str) -> str:
    return (ROOT / name).read_text()
