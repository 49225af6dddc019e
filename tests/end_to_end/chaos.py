"""What happens to a system by chance: processes die and hang, connections are cut or die in silence."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from tests.end_to_end.own_postgres import Postgres
from tests.end_to_end.servers import Broker, Daphne, Housekeeping
from tests.end_to_end.silent_proxy import SilentProxy


class Breakable(Protocol):
    """What can be ended and begun again, or hang for a while."""

    def start(self) -> None: ...

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...


@dataclass(frozen=True, slots=True)
class System:
    """All parts; the connections from servers to broker and database pass proxies."""

    servers: list[Daphne]
    housekeeping: Housekeeping
    broker: Broker
    database: Postgres
    to_broker: SilentProxy
    to_database: SilentProxy


class Chaos:
    """Does harm to a system, one thing at a time, and makes it whole again each time."""

    def __init__(self, system: System, dice: random.Random) -> None:
        self._system = system
        self._dice = dice
        self.done: Counter[str] = Counter()
        """How often each kind of harm was done."""

    def rage(self, seconds: float) -> None:
        """Goes on for so long, with pauses in which the system may recover or not."""
        end = time.monotonic() + seconds
        harms = self._harms()
        while time.monotonic() < end:
            name = self._dice.choice(list(harms))
            self.done[name] += 1
            with harms[name]():
                time.sleep(self._dice.uniform(0.2, 6))
            time.sleep(self._dice.uniform(0, 3))

    def _harms(self) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        parts = self._system
        return {
            **{f"kill server {n}": lambda part=part: killed(part) for n, part in enumerate(parts.servers)},
            **{f"freeze server {n}": lambda part=part: frozen(part) for n, part in enumerate(parts.servers)},
            **{f"stop server {n}": lambda part=part: stopped(part) for n, part in enumerate(parts.servers)},
            "kill housekeeping": lambda: killed(parts.housekeeping),
            "kill broker": lambda: killed(parts.broker),
            "freeze broker": lambda: frozen(parts.broker),
            "stop database": lambda: stopped(parts.database),
            "freeze database": lambda: frozen(parts.database),
            "cut broker": lambda: cut(parts.to_broker),
            "silence broker": lambda: silenced(parts.to_broker),
            "cut database": lambda: cut(parts.to_database),
            "silence database": lambda: silenced(parts.to_database),
        }


@contextmanager
def killed(part: Daphne | Housekeeping | Broker) -> Iterator[None]:
    part.kill()
    yield
    part.start()


@contextmanager
def stopped(part: Daphne | Postgres) -> Iterator[None]:
    part.stop()
    yield
    part.start()


@contextmanager
def frozen(part: Breakable) -> Iterator[None]:
    part.freeze()
    yield
    part.thaw()


@contextmanager
def cut(proxy: SilentProxy) -> Iterator[None]:
    """Open connections break, and no new ones are made meanwhile."""
    proxy.refuse()
    yield
    proxy.accept()


@contextmanager
def silenced(proxy: SilentProxy) -> Iterator[None]:
    proxy.silence()
    yield
