"""What keeps `manage.py serve` from starting is said in a sentence, with what to do about it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import ROOT, Broker, command_environment
from tests.ports import free_port

TIMEOUT_S = 120


def run(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that is to end by itself."""
    environment = command_environment({"DATA_DIR": str(tmp_path), **variables})
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    for name in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL"} - variables.keys():
        environment.pop(name, None)
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode not in (0, -signal.SIGTERM), result
    assert "Traceback" not in result.stderr, result.stderr
    assert all(word in result.stderr for word in words), result.stderr
    assert "s3cret" not in result.stderr + result.stdout


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SECRET_KEY": ""}, ["SECRET_KEY"]),
        ({"MAX_CONNECTIONS": "many"}, ["MAX_CONNECTIONS"]),
        ({"DATABASE_URL": "s3cret"}, ["DATABASE_URL"]),
        ({"PUBLIC_URL": "fleet.example"}, ["PUBLIC_URL"]),
        ({"LOG_LEVEL": "LOUD"}, ["LOG_LEVEL"]),
        ({"DATA_DIR": "/proc/nowhere"}, ["DATA_DIR"]),
        ({"TRUSTED_PROXIES": "nginx"}, ["TRUSTED_PROXIES"]),
        pytest.param(
            {"DATABASE_URL": "postgres://fleet:s3cret@127.0.0.1:1/fleet"},
            ["DATABASE_URL", "start it"],
            marks=pytest.mark.skipif(find_spec("psycopg") is None, reason="psycopg is not installed"),
        ),
        ({"REDIS_URL": "redis://:s3cret@127.0.0.1:1"}, ["REDIS_URL", "start it"]),
        ({"REDIS_URL": "http://:s3cret@127.0.0.1"}, ["REDIS_URL"]),
        ({}, ["migrations", "run migrate"]),
    ],
    ids=lambda value: next(iter(value), "unmigrated") if isinstance(value, dict) else "",
)
def test_wrong_surroundings_are_said(tmp_path: Path, variables: dict[str, str], words: list[str]) -> None:
    assert_refused(run(tmp_path, "serve", "--bind", f"127.0.0.1:{free_port()}", **variables), *words)


def test_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert_refused(run(tmp_path, "serve", "--bind", f"127.0.0.1:{port}"), f"127.0.0.1:{port} is in use", "--bind")


def test_several_processes_need_a_broker(tmp_path: Path) -> None:
    result = run(tmp_path, "serve", "--bind", f"127.0.0.1:{free_port()}", "--processes", "2")
    assert_refused(result, "2 processes", "REDIS_URL")


@pytest.mark.parametrize(
    "options",
    [
        ["--bind", "8000"],
        ["--bind", "127.0.0.1:0"],
        ["--bind", "127.0.0.1:70000"],
        ["--bind", "::1:8000"],
        ["--bind", "192.0.2.1:8000"],
        ["--processes", "0"],
        ["--processes", "1000"],
        ["--processes", "two"],
        ["--drain-seconds", "0"],
        ["--drain-seconds", "nan"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_said(tmp_path: Path, options: list[str]) -> None:
    assert_refused(run(tmp_path, "serve", *options), options[1].partition(":8000")[0])


def test_workers_that_cannot_start_end_it(broker: Broker, transactional_db: None, tmp_path: Path) -> None:
    # Before anything of ours is imported.
    fault = "import os, sys\nif 'config.serving.worker' in sys.orig_argv: os.write(2, b'no disk\\n'), os._exit(1)"
    (tmp_path / "sitecustomize.py").write_text(fault)
    variables = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "PYTHONPATH": str(tmp_path)}
    result = run(tmp_path, "serve", "--bind", f"127.0.0.1:{free_port()}", "--processes", "2", **variables)
    assert_refused(result, "no disk", "no worker could be started")
    assert result.returncode == 1


def test_site_of_https_passes_the_check(tmp_path: Path) -> None:
    key = "a-long-and-random-key-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    secure = {"SECRET_KEY": key, "PUBLIC_URL": "https://fleet.example", "ALLOWED_HOSTS": "fleet.example"}
    result = run(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **secure)
    assert result.returncode == 0 and "no issues" in result.stdout, result
    result = run(tmp_path, "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=key)
    assert result.returncode == 1 and "security.W008" in result.stderr
