"""How the processes of a machine tell each other what they count: each writes a file, every few seconds.

A port has several processes behind it, and a scrape reaches one of them by chance. So whoever is asked reads the files
of the others. Neither the channel layer nor the database is needed for that: metrics are looked at when those are away.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec
from django.conf import settings
from prometheus_client.metrics_core import Metric

from accounts.metrics.registry import REGISTRY

logger = logging.getLogger(__name__)

INTERVAL_S = 5.0
# A process that has written nothing for so long hangs or is gone.
MAX_AGE_S = 20.0
MAX_SEATS = 64
MAX_FILE_BYTES = 4 * 1024 * 1024
SUFFIX = ".metrics"


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric as it is written down: its samples by name and labels."""

    name: str
    meaning: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Family])


class Seat:
    """The name of a process among those of its role: the first one free, so that a successor goes on under it."""

    def __init__(self, folder: Path, name: str, lock: IO[bytes]) -> None:
        self.name = name
        self._file = folder / f"{name}{SUFFIX}"
        # The system gives it back when the process ends, however it does.
        self._lock = lock

    @classmethod
    def take(cls, folder: Path, role: str) -> Seat | None:
        """A seat in that folder; None when all are taken."""
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(MAX_SEATS):
            name = f"{role}-{number}"
            lock = (folder / f"{name}.lock").open("ab")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
            else:
                return cls(folder, name, lock)
        return None

    def write(self, families: list[Family]) -> None:
        """Replaces what the others read of this process."""
        draft = self._file.with_suffix(".new")
        draft.write_bytes(_encoder.encode(families))
        draft.replace(self._file)

    def leave(self) -> None:
        """Has the others read nothing of this process any more, and frees the seat."""
        self._file.unlink(missing_ok=True)
        self._lock.close()


class Sharing:
    """What this process tells the others, from when it is started until it is stopped."""

    def __init__(self) -> None:
        self._seat: Seat | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """What its values are labelled with; empty without a seat."""
        return "" if self._seat is None else self._seat.name

    def start(self, role: str) -> None:
        """Begins to tell, in the running loop, unless it does. Does nothing where nobody may read metrics."""
        if not settings.METRICS_TOKEN or (self._task is not None and not self._task.done()):
            return
        with suppress(OSError):
            self._seat = self._seat or Seat.take(_folder(), role)
        if self._seat is None:
            logger.warning("no more than %s processes can tell each other what they count", MAX_SEATS)
        else:
            self._task = asyncio.create_task(self._tell(self._seat), name="sharing of metrics")

    async def stop(self) -> None:
        """Ends the telling."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._seat is not None:
            self._seat.leave()
        self._task = self._seat = None

    async def _tell(self, seat: Seat) -> None:
        is_failing = False
        while True:
            try:
                seat.write(own_families())
                is_failing = False
            except OSError as error:
                if not is_failing:
                    logger.warning("other processes cannot be told what this one counts: %s", error)
                is_failing = True
            await asyncio.sleep(INTERVAL_S)


sharing = Sharing()
"""Of this process."""


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "metrics"


def own_families() -> list[Family]:
    """What this process counts now."""
    return [_family(metric) for metric in REGISTRY.collect()]


def _family(metric: Metric) -> Family:
    samples = [(sample.name, dict(sample.labels), float(sample.value)) for sample in metric.samples]
    return Family(metric.name, metric.documentation, metric.type, samples)


def families_of_others() -> dict[str, list[Family]]:
    """What other processes of this machine counted a few seconds ago, by the names of their seats."""
    found = {}
    for path in sorted(_folder().glob(f"*{SUFFIX}")):
        with suppress(OSError, msgspec.MsgspecError):
            if path.stem != sharing.name and _is_fresh(path.stat()):
                found[path.stem] = _decoder.decode(path.read_bytes())
    return found


def _is_fresh(status: os.stat_result) -> bool:
    return abs(time.time() - status.st_mtime) <= MAX_AGE_S and status.st_size <= MAX_FILE_BYTES


def merged(by_process: Iterable[tuple[str, Iterable[Family]]]) -> list[Metric]:
    """The families of all, each once, with the process as a label of each sample."""
    metrics: dict[str, Metric] = {}
    for process, families in by_process:
        for family in families:
            metric = metrics.setdefault(family.name, Metric(family.name, family.meaning, family.type))
            for name, labels, value in family.samples:
                metric.add_sample(name, {"process": process, **labels}, value)
    return list(metrics.values())
