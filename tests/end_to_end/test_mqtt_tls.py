"""An MQTT broker over TLS, and one that is not there: what the command believes, and what it says."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.certificates import PROGRAM as OPENSSL
from tests.end_to_end.certificates import Authority
from tests.end_to_end.conftest import database_url
from tests.end_to_end.mosquitto import PROGRAM, Mosquitto
from tests.end_to_end.servers import ROOT, STOP_TIMEOUT_S, command_environment, wait_until
from tests.ports import free_port

CONNECTED = "connected to the MQTT broker"
FAILED = "no connection to the MQTT broker at "

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed"),
]

Run = Callable[..., "Command"]


class Command:
    """`manage.py ingest_mqtt` with some settings, and what it said."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        environment = command_environment({"DATABASE_URL": database_url(), **settings})
        self._log = log
        command = [sys.executable, "manage.py", "ingest_mqtt"]
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    def says(self, text: str) -> str:
        """All it said, once that is in it."""
        wait_until(lambda: text in self.said, f"{text!r} in the log of the command")
        return self.said

    @property
    def said(self) -> str:
        return self._log.read_text()

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.terminate()
        self.process.wait(STOP_TIMEOUT_S)
        assert "Traceback" not in self.said


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with ExitStack() as stack:
        logs = iter(range(10))
        yield lambda **settings: stack.enter_context(Command(settings, tmp_path / f"command-{next(logs)}.log"))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def secure_broker(authority: Authority, *, host: str = "DNS:localhost", asks: bool = False) -> Iterator[Mosquitto]:
    """Mosquitto with a certificate for that host; `asks`: of clients too."""
    certificate, key = authority.issue("broker", host=host)
    lines = f"cafile {authority.file}\ncertfile {certificate}\nkeyfile {key}\n"
    if os.geteuid() == 0:
        # It would become another user, who may not read the key.
        lines += "user root\n"
    with Mosquitto(authority.folder, lines + (f"require_certificate {str(asks).lower()}\n")) as mosquitto:
        yield mosquitto


def test_a_broker_of_the_given_authority_is_believed(run: Run, authority: Authority) -> None:
    with secure_broker(authority) as broker:
        run(MQTT_URL=f"mqtts://localhost:{broker.port}", MQTT_CA_FILE=str(authority.file)).says(CONNECTED)


def test_a_broker_of_another_authority_is_not_and_why_is_said(run: Run, authority: Authority) -> None:
    other = Authority(authority.folder, "other")
    with secure_broker(authority) as broker:
        address = f"localhost:{broker.port}"
        said = run(MQTT_URL=f"mqtts://{address}", MQTT_CA_FILE=str(other.file)).says(f"{FAILED}{address}")
        assert "CERTIFICATE_VERIFY_FAILED" in said
        said = run(MQTT_URL=f"mqtts://{address}").says(f"{FAILED}{address}")
        assert "CERTIFICATE_VERIFY_FAILED" in said


def test_a_certificate_for_another_name_is_believed_only_if_told_to(run: Run, authority: Authority) -> None:
    with secure_broker(authority, host="DNS:broker.example") as broker:
        settings = {"MQTT_URL": f"mqtts://localhost:{broker.port}", "MQTT_CA_FILE": str(authority.file)}
        assert "localhost" in run(**settings).says("Hostname mismatch")
        run(**settings, MQTT_CHECK_HOSTNAME="0").says(CONNECTED)
        other = Authority(authority.folder, "other")
        settings["MQTT_CA_FILE"] = str(other.file)
        run(**settings, MQTT_CHECK_HOSTNAME="0").says("CERTIFICATE_VERIFY_FAILED")


def test_a_broker_that_asks_is_shown_a_certificate(run: Run, authority: Authority) -> None:
    certificate, key = authority.issue("fleetsphere")
    with secure_broker(authority, asks=True) as broker:
        settings = {"MQTT_URL": f"mqtts://localhost:{broker.port}", "MQTT_CA_FILE": str(authority.file)}
        run(**settings).says(FAILED)
        run(**settings, MQTT_CERT_FILE=str(certificate), MQTT_KEY_FILE=str(key)).says(CONNECTED)
        both = authority.folder / "both.pem"
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        run(**settings, MQTT_CLIENT_ID="another", MQTT_CERT_FILE=str(both)).says(CONNECTED)


@pytest.mark.parametrize("fault", ["missing", "no certificate", "encrypted key"])
def test_unusable_files_stop_the_start_with_a_sentence(run: Run, authority: Authority, fault: str) -> None:
    settings = {"MQTT_URL": "mqtts://localhost", "MQTT_CA_FILE": str(authority.folder / "missing.pem")}
    if fault == "no certificate":
        (authority.folder / "missing.pem").write_text("this is none\n")
    if fault == "encrypted key":
        certificate, key = authority.issue("fleetsphere")
        locked = authority.folder / "locked.key"
        encrypt = [str(OPENSSL), "ec", "-in", str(key), "-aes256", "-passout", "pass:secret", "-out", str(locked)]
        subprocess.run(encrypt, check=True, capture_output=True)
        settings |= {"MQTT_CA_FILE": "", "MQTT_CERT_FILE": str(certificate), "MQTT_KEY_FILE": str(locked)}
    command = run(**settings)
    assert command.process.wait(STOP_TIMEOUT_S) == 1
    assert "CommandError: the MQTT broker cannot be spoken to over TLS: " in command.said
    assert str(authority.folder) in command.said


def test_a_broker_that_is_not_there_is_said_at_once(run: Run) -> None:
    address = f"127.0.0.1:{free_port()}"
    said = run(MQTT_URL=f"mqtt://jane:secret@{address}").says(f"{FAILED}{address}, trying again: ")
    assert "Connection refused" in said and "secret" not in said


def test_a_broker_that_says_nothing_is_said(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        run(MQTT_URL=f"mqtt://{address}").says(f"{FAILED}{address}, trying again: it does not answer")


def test_a_broker_that_refuses_the_login_is_said(run: Run, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("")
    shutil.chown(users, os.geteuid())
    lines = f"password_file {users}\n" + ("user root\n" if os.geteuid() == 0 else "")
    with Mosquitto(tmp_path, lines, anonymous=False) as broker:
        run(MQTT_URL=f"mqtt://jane:secret@127.0.0.1:{broker.port}").says("it refuses us: Not authorized")


def test_a_broker_that_comes_later_is_found(run: Run, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    command = run(MQTT_URL=broker.url)
    command.says(FAILED)
    with broker:
        command.says(CONNECTED)
