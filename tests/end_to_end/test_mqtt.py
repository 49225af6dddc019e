"""The generic protocol over MQTT: a real broker, and the command that takes its messages in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from accounts.models import User
from tests.end_to_end.conftest import database_url
from tests.end_to_end.mosquitto import PROGRAM, Mosquitto
from tests.end_to_end.servers import ROOT, STOP_TIMEOUT_S, Broker, command_environment, wait_until
from tests.trackers.bodies import ngp_message, owntracks_location
from trackers.models import SourceState, Tracker
from trackers.services.trackers import set_blocked, set_ingest_key

Register = Callable[..., Tracker]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
]


class Command:
    """`manage.py ingest_mqtt` as a process; with a session that the broker keeps while it is away."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        connections = self.log_text().count("connected to the MQTT broker")
        with self._log.open("ab") as log:
            command = [sys.executable, "manage.py", "ingest_mqtt"]
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        wait_until(lambda: self.log_text().count("connected to the MQTT broker") > connections, "the command")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """The exit status after being told to stop."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOP_TIMEOUT_S)

    def log_text(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


@contextmanager
def running_command(url: str, broker: Broker, folder: Path, protocol: str, **settings: str) -> Iterator[Command]:
    """The command at work for the MQTT broker at that address, by these settings besides."""
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "MQTT_URL": url, "MQTT_PROTOCOL": protocol}
    command = Command(command_environment({**environment, **settings}), folder / "command.log")
    command.start()
    try:
        yield command
    finally:
        command.kill()
    assert "Traceback" not in command.log_text()


@pytest.fixture(params=["5"])
def command(mosquitto: Mosquitto, broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Command]:
    with running_command(mosquitto.url, broker, tmp_path, request.param) as command:
        yield command


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


def message(tracker: Tracker, second: int = 0, **members: object) -> tuple[str, bytes]:
    """A topic and what is published on it."""
    device_id = tracker.source.device_id
    time = f"2024-05-02T08:{second // 60:02}:{second % 60:02}Z"
    return f"ngp/{device_id}", json.dumps(ngp_message(device_id, time, **members)).encode()


def revision(tracker: Tracker) -> int:
    return SourceState.objects.get(pk=tracker.source_id).revision


def newest_second(tracker: Tracker) -> int | None:
    """Of the newest message that is stored."""
    last_update = SourceState.objects.get(pk=tracker.source_id).state.last_update
    return None if last_update is None else last_update.second


@pytest.mark.api(74)
@pytest.mark.parametrize("command", ["3.1.1", "5"], indirect=True)
@pytest.mark.parametrize("version", ["3.1.1", "5"])
@pytest.mark.parametrize("qos", [0, 1])
def test_a_message_is_stored(command: Command, mosquitto: Mosquitto, van: Tracker, version: str, qos: int) -> None:
    mosquitto.publish([message(van, battery_level=50)], version=version, qos=qos)
    wait_until(lambda: revision(van) == 1, "the state")
    state = SourceState.objects.get(pk=van.source_id).state
    assert state.battery_percent == 50
    assert state.gps is not None and state.gps.latitude == 52.5


def test_unstorable_messages_are_dropped_next_is_stored(
    command: Command, mosquitto: Mosquitto, alice: User, van: Tracker, register: Register
) -> None:
    blocked = register(alice)
    set_blocked(blocked.source_id, is_blocked=True)
    topic, good = message(van)
    bad = [(topic, b"{"), ("ngp/nobody", b"{}"), (message(blocked)[0], good), message(blocked), ("ngp", good)]
    mosquitto.publish([*bad, (topic, b""), message(van, 1)])
    wait_until(lambda: revision(van) > 0, "the state")
    assert (revision(van), revision(blocked)) == (1, 0)
    assert "messages of MQTT refused" in command.log_text()


@pytest.mark.parametrize("way", ["topic", "property"])
def test_a_keyed_source_takes_keyed_messages_only(
    command: Command, mosquitto: Mosquitto, van: Tracker, way: str
) -> None:
    key = set_ingest_key([van.source_id])
    topic, payload = message(van)
    mosquitto.publish([(topic, payload), (f"{topic}/{'0' * 32}", payload)])
    if way == "topic":
        mosquitto.publish([(f"{topic}/{key}", message(van, 1)[1])], version="3.1.1")
    else:
        mosquitto.publish([(topic, message(van, 1)[1])], key=key)
    wait_until(lambda: revision(van) > 0, "the state")
    assert (revision(van), newest_second(van)) == (1, 1)
    assert key not in command.log_text()


@pytest.mark.parametrize("command", ["3.1.1", "5"], indirect=True)
def test_qos_1_messages_survive_a_killed_command(
    command: Command, mosquitto: Mosquitto, alice: User, register: Register
) -> None:
    vans = [register(alice) for _ in range(40)]
    for second in range(3):
        mosquitto.publish([message(van, second) for van in vans])
        command.kill()
        command.start()
    mosquitto.publish([message(vans[0], 5)])

    wait_until(lambda: {newest_second(van) for van in vans} == {2, 5}, "all messages")


def test_places_of_owntracks_are_stored_and_what_else_it_says_is_not(
    command: Command, mosquitto: Mosquitto, van: Tracker
) -> None:
    topic = f"owntracks/jane/{van.source.device_id}"
    place = json.dumps(owntracks_location("another", batt=-100)).encode()
    others = [b"", b'{"_type": "lwt", "tst": 1714637700}', b'{"_type": "waypoint", "lat": 1, "lon": 2, "tst": 1}']
    mosquitto.publish([*((topic, other) for other in others), (topic, b"{"), (topic, place)])
    wait_until(lambda: revision(van) > 0, "the state")
    state = SourceState.objects.get(pk=van.source_id).state
    assert state.gps is not None
    assert (state.revision, state.gps.latitude, state.battery_percent) == (1, 52.5, None)


def test_the_command_ends_when_it_is_told_to(command: Command, mosquitto: Mosquitto, van: Tracker) -> None:
    mosquitto.publish([message(van, second) for second in range(50)])
    assert command.stop() == 0
