"""Traccar beside the product: the same reports, one per request, from the same devices over the same connections."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.support.contest import wait_for_port
from benchmarks.support.peers import NotFound
from benchmarks.support.processes import Worker, broker, cpu_s, daphne, listening, running, working
from benchmarks.support.product import LOGIN, PASSWORD, product_env

DEVICES = 1000
CONNECTIONS = 64
WARM_UP_S = 1.0
# Java compiles as it runs, and Traccar registers each device when it first hears of it.
FIRST_WARM_UP_S = 10.0
START_TIMEOUT_S = 120
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">
<properties>
    <entry key="database.driver">org.h2.Driver</entry>
    <entry key="database.url">jdbc:h2:{folder}/traccar</entry>
    <entry key="database.user">sa</entry>
    <entry key="database.password"></entry>
    <entry key="database.registerUnknown">true</entry>
    <entry key="web.address">127.0.0.1</entry>
    <entry key="web.port">{web}</entry>
    <entry key="osmand.address">127.0.0.1</entry>
    <entry key="osmand.port">{port}</entry>
    <entry key="logger.file">{folder}/traccar.log</entry>
</properties>
"""


@dataclass(slots=True)
class Site:
    """A server, and the devices that send to it."""

    name: str
    server: subprocess.Popen[str]
    devices: Worker
    costs: list[float] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)

    def measure(self, seconds: float) -> None:
        """Takes one sample, as fast as the reports are taken."""
        self._send(WARM_UP_S if self.costs else FIRST_WARM_UP_S)
        before_s = cpu_s(self.server)
        reports, took_s = self._send(seconds)
        self.costs.append((cpu_s(self.server) - before_s) * 1e6 / reports)
        self.paces.append(reports / took_s)

    def _send(self, seconds: float) -> tuple[int, float]:
        told = self.devices.ask(action="singles", seconds=seconds, sources=DEVICES, connections=CONNECTIONS)
        return told["reports"], told["seconds"]


def compared(rounds: int, seconds: float) -> Iterator[list[str]]:
    """A row for each, the product first. Raises NotFound without a Traccar."""
    java, jar = shutil.which("java"), os.environ.get("TRACCAR_JAR")
    if java is None or jar is None:
        raise NotFound("TRACCAR_JAR names none" if java else "there is no java in PATH")
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "static").mkdir()  # the product warns of a missing one
        sites = [stack.enter_context(_product(folder)), stack.enter_context(_traccar(java, Path(jar), folder))]
        for _ in range(rounds):
            for site in sites:
                site.measure(seconds)
    return map(_row, sites, [median(sites[0].costs)] * len(sites))


def _row(site: Site, reference_us: float) -> list[str]:
    cost = median(site.costs)
    span = f"{min(site.costs):.0f}–{max(site.costs):.0f}"
    return [site.name, f"{cost:.0f}", span, f"{cost / reference_us:.2f}", f"{median(site.paces):.0f}"]


@contextmanager
def _product(folder: Path) -> Iterator[Site]:
    with broker(folder) as redis_url, listening() as listener:
        env = product_env(folder, redis_url)
        with working("fleet", [LOGIN, PASSWORD, str(DEVICES)], env) as fleet:
            fleet.ask()
        command = daphne("config.asgi:application", listener)
        with running(command, env, listener=listener) as server, _devices(listener.getsockname()[1]) as devices:
            yield Site("the product, SQLite", server, devices)


@contextmanager
def _traccar(java: str, jar: Path, folder: Path) -> Iterator[Site]:
    port, web = _free_port(), _free_port()
    config = folder / "traccar.xml"
    config.write_text(CONFIG.format(folder=folder, port=port, web=web))
    # It looks for the versions of its tables beside its jar.
    with running([java, "-jar", str(jar), str(config)], {}, folder=jar.parent) as server:
        wait_for_port(port, server, START_TIMEOUT_S)
        with _devices(port) as devices:
            yield Site("Traccar, H2", server, devices)


def _devices(port: int) -> AbstractContextManager[Worker]:
    return working("reporting", [f"127.0.0.1:{port}"], {})


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
