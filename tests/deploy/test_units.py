"""The services start by their own ExecStart lines, with the settings that an operator begins with."""

from __future__ import annotations

import configparser
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from tests.deploy.units import UNITS, command_of, directive, read_environment, start_unit
from tests.end_to_end.servers import ROOT, START_TIMEOUT_S, Broker, wait_until
from tests.patience import PATIENCE_S

EXAMPLE = (ROOT / "deploy" / "environment.example").read_text()
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))


@pytest.fixture
def environment(fleetsphere: Path, running_broker: Broker, tmp_path: Path) -> dict[str, str]:
    """What environment.example says, with what is another one on each machine."""
    own = {
        "SECRET_KEY": "only-for-tests-" + "0" * 40,
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "REDIS_URL": running_broker.url,
        "DATA_DIR": str(tmp_path),
        "MAX_CONNECTIONS": "100",
    }
    environment = {**read_environment(EXAMPLE), **own}
    subprocess.run([fleetsphere, "migrate", "--verbosity=0"], env=environment, check=True, timeout=120)
    return environment


@pytest.fixture(scope="module")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


def test_server_unit_serves_at_its_socket_and_says_so(
    fleetsphere: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        log.open("wb") as output,
    ):
        manager.bind(b"")  # a name of no file, which the kernel gives
        manager.settimeout(START_TIMEOUT_S)
        environment["NOTIFY_SOCKET"] = f"@{manager.getsockname()[1:].decode()}"
        process = start_unit("fleetsphere.service", fleetsphere, environment, output, listener=listener)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            assert manager.recv(100) == b"READY=1"
            assert is_ready(url, process, log)
            through_proxy = {"Host": "fleet.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
            assert httpx.get(url, headers=through_proxy, timeout=PATIENCE_S).status_code == 200
        finally:
            process.terminate()
            assert process.wait(int(directive("fleetsphere.service", "TimeoutStopSec"))) == 0


def is_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return httpx.get(f"{url}/readyz", timeout=PATIENCE_S, headers={"Host": "fleet.example"}).status_code == 200
    except httpx.HTTPError:
        return False


def test_housekeeping_unit_ends_in_good_order(fleetsphere: Path, environment: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = start_unit("fleetsphere-housekeeping.service", fleetsphere, environment, output)
        wait_until(lambda: catches(process, signal.SIGTERM), "its handler of SIGTERM")
        process.terminate()
        assert process.wait(PATIENCE_S) == 0, log.read_text()


def catches(process: subprocess.Popen[bytes], number: signal.Signals) -> bool:
    caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)


@pytest.mark.skipif(find_spec("paho") is None, reason="paho-mqtt is not installed")
def test_mqtt_unit_says_that_it_needs_a_broker(fleetsphere: Path, environment: dict[str, str], tmp_path: Path) -> None:
    command = command_of("fleetsphere-mqtt.service", fleetsphere, environment)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, "MQTT_URL is not set" in ended.stderr) == (1, True), ended.stderr


@pytest.mark.parametrize("unit", SERVICES)
def test_every_service_is_as_hardened_as_the_others(unit: str) -> None:
    """As they have the same secrets."""
    assert hardening(unit) == hardening("fleetsphere.service")
    assert "NoNewPrivileges=yes" in hardening(unit)


def hardening(unit: str) -> str:
    text = (UNITS / unit).read_text()
    return text[text.index("# Nothing of the machine") : text.index("[Install]")]


def test_socket_unit_is_where_the_proxy_connects() -> None:
    address = directive("fleetsphere.socket", "ListenStream")
    assert f"server {address} " in (ROOT / "deploy" / "nginx.conf").read_text()


def test_proxy_lets_the_longest_report_through() -> None:
    longest = settings.INGEST_MAX_BYTES // 1024 // 1024
    assert f"client_max_body_size {longest}m;" in (ROOT / "deploy" / "nginx.conf").read_text()


def test_example_names_settings_that_there_are() -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    rows = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    # Not one of the program's own: words of the service's command line.
    assert names - rows == {"SERVE_OPTIONS"}


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.iterdir()))
def test_unit_can_be_read(unit: str) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(UNITS / unit)
    assert parser.has_section("Unit") and parser.has_section("Install")
