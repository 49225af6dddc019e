"""Traccar beside the product: the same reports, one per request, from the same devices over the same connections.

Each with the database that it has when nobody names another, and each with a PostgreSQL of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.support.contest import wait_for_port
from benchmarks.support.crew import free_port
from benchmarks.support.peers import NotFound
from benchmarks.support.postgres import USER, postgres, postgres_cpu_s, server_programs
from benchmarks.support.processes import Worker, broker, cpu_s, daphne, listening, running, working
from benchmarks.support.product import LOGIN, PASSWORD, product_env

HEADS = [
    "one report per request",
    "µs CPU per report",
    "PostgreSQL's",
    "both",
    "lowest–highest",
    "× product",
    "reports/s",
]
DEVICES = 1000
CONNECTIONS = 64
# Before each window, so that each device has its connection.
WARM_UP_REPORTS = 2 * DEVICES
# Java compiles as it runs: a report to Traccar costs five times as much at first, and less and less until here.
JAVA_WARM_UP_REPORTS = 40_000
START_TIMEOUT_S = 120
# It answers when a report is stored, as the product does; unless told, it answers before, and holds what it was sent
# for three seconds, lest something earlier comes yet. Lines of log for each report are off, as in the product.
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">
<properties>
    <entry key="database.driver">{driver}</entry>
    <entry key="database.url">{url}</entry>
    <entry key="database.user">{user}</entry>
    <entry key="database.password"></entry>
    <entry key="database.registerUnknown">true</entry>
    <entry key="database.registerUnknown.regex">bench-[0-9]+</entry>
    <entry key="server.buffering.threshold">0</entry>
    <entry key="server.delayAcknowledgement">true</entry>
    <entry key="server.statistics"></entry>
    <entry key="protocols.enable">osmand</entry>
    <entry key="web.address">127.0.0.1</entry>
    <entry key="web.port">{web}</entry>
    <entry key="osmand.address">127.0.0.1</entry>
    <entry key="osmand.port">{port}</entry>
    <entry key="logger.file">{folder}/traccar.log</entry>
    <entry key="logger.level">warning</entry>
</properties>
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL that one of the servers has for itself. Both reach theirs over TCP, as Java can nothing else."""

    url: str
    port: int
    folder: Path

    def cpu_s(self) -> float:
        return postgres_cpu_s(self.folder)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one window showed: microseconds of CPU per report, and the pace."""

    server_us: float
    database_us: float
    per_s: float

    @property
    def both_us(self) -> float:
        return self.server_us + self.database_us


@dataclass(slots=True)
class Site:
    """A server, and the devices that send to it."""

    name: str
    server: subprocess.Popen[str]
    devices: Worker
    cluster: Cluster | None
    first_warm_up_reports: int = WARM_UP_REPORTS
    costs: list[Cost] = field(default_factory=list)

    def measure(self, seconds: float) -> None:
        """Takes one sample, as fast as the reports are taken."""
        # A phone has a connection of its own, and Traccar looks a device up when it comes over another one.
        reports = WARM_UP_REPORTS if self.costs else self.first_warm_up_reports
        self.devices.ask(action="settle", reports=reports, sources=DEVICES, connections=CONNECTIONS)
        before = self._used_s()
        told = self.devices.ask(action="settled", seconds=seconds)
        used = zip(before, self._used_s(), strict=True)
        server_us, database_us = ((after_s - before_s) * 1e6 / told["reports"] for before_s, after_s in used)
        self.costs.append(Cost(server_us, database_us, told["reports"] / told["seconds"]))

    def _used_s(self) -> tuple[float, float]:
        return cpu_s(self.server), self.cluster.cpu_s() if self.cluster else 0.0


def compared(rounds: int, seconds: float) -> Iterator[list[str]]:
    """A row for each, the product before Traccar. Raises NotFound without a Traccar."""
    java, jar = shutil.which("java"), os.environ.get("TRACCAR_JAR")
    if java is None or jar is None:
        raise NotFound("TRACCAR_JAR names none" if java else "there is no java in PATH")
    with TemporaryDirectory() as name, ExitStack() as stack:
        sites = list(_sites(java, Path(jar).resolve(), Path(name), stack))
        for _ in range(rounds):
            for site in sites:
                site.measure(seconds)
    for product, traccar in zip(sites[::2], sites[1::2], strict=True):
        reference_us = median(cost.both_us for cost in product.costs)
        yield from (_row(site, reference_us) for site in (product, traccar))


def _row(site: Site, reference_us: float) -> list[str]:
    both = [cost.both_us for cost in site.costs]
    return [
        site.name,
        f"{median(cost.server_us for cost in site.costs):.0f}",
        f"{median(cost.database_us for cost in site.costs):.0f}" if site.cluster else "–",
        f"{median(both):.0f}",
        f"{min(both):.0f}–{max(both):.0f}",
        f"{median(both) / reference_us:.2f}",
        f"{median(cost.per_s for cost in site.costs):.0f}",
    ]


def _sites(java: str, jar: Path, folder: Path, stack: ExitStack) -> Iterator[Site]:
    """Both servers with the database that is built in, and with PostgreSQL where its programs are found."""
    enter = stack.enter_context
    yield enter(_product(_made(folder / "product"), None))
    yield enter(_traccar(java, jar, _made(folder / "traccar"), None))
    programs = server_programs()
    if programs is not None:
        cluster = enter(_cluster(programs, folder / "product-cluster"))
        yield enter(_product(_made(folder / "product-postgresql"), cluster))
        cluster = enter(_cluster(programs, folder / "traccar-cluster"))
        yield enter(_traccar(java, jar, _made(folder / "traccar-postgresql"), cluster))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@contextmanager
def _cluster(programs: Path, folder: Path) -> Iterator[Cluster]:
    port = free_port()
    with postgres(programs, folder, port) as url:
        yield Cluster(url, port, folder)


@contextmanager
def _product(folder: Path, cluster: Cluster | None) -> Iterator[Site]:
    _made(folder / "static")  # the product warns of a missing one
    with broker(folder) as redis_url, listening() as listener:
        env = product_env(folder, redis_url, cluster.url if cluster else "")
        with working("fleet", [LOGIN, PASSWORD, str(DEVICES)], env) as fleet:
            fleet.ask()
        command = daphne("config.asgi:application", listener)
        with running(command, env, listener=listener) as server, _devices(listener.getsockname()[1]) as devices:
            yield Site(f"the product, {'PostgreSQL' if cluster else 'SQLite'}", server, devices, cluster)


@contextmanager
def _traccar(java: str, jar: Path, folder: Path, cluster: Cluster | None) -> Iterator[Site]:
    port, config = free_port(), folder / "traccar.xml"
    config.write_text(CONFIG.format(folder=folder, port=port, web=free_port(), **_database(folder, cluster)))
    # It looks for the versions of its tables beside its jar.
    with running([java, "-jar", str(jar), str(config)], {}, folder=jar.parent) as server:
        wait_for_port(port, server, START_TIMEOUT_S)
        with _devices(port) as devices:
            name = f"Traccar, {'PostgreSQL' if cluster else 'H2'}"
            yield Site(name, server, devices, cluster, JAVA_WARM_UP_REPORTS)


def _database(folder: Path, cluster: Cluster | None) -> dict[str, str]:
    """What Traccar's configuration says of it."""
    if cluster is None:
        return {"driver": "org.h2.Driver", "url": f"jdbc:h2:{folder}/traccar", "user": "sa"}
    url = f"jdbc:postgresql://127.0.0.1:{cluster.port}/postgres"
    return {"driver": "org.postgresql.Driver", "url": url, "user": USER}


def _devices(port: int) -> AbstractContextManager[Worker]:
    return working("reporting", [f"127.0.0.1:{port}"], {})
