"""The product as benchmarks run it: its settings, its user, and what a client of it sends."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support.processes import broker, working

LOGIN, PASSWORD = "fleet@example.com", "only for benchmarks"


def product_env(folder: Path, redis_url: str, database_url: str = "") -> dict[str, str]:
    """The product's settings for a run in `folder`, with its own SQLite database unless told another."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url or f"sqlite:///{folder / 'db.sqlite3'}",
        "REDIS_URL": redis_url,
        "LOG_LEVEL": "WARNING",
        # One machine plays all the people.
        "MAX_CONNECTIONS_PER_LOGIN": "20000",
        "MAX_CONNECTIONS_PER_ADDRESS": "20000",
        "MAX_REQUESTS_PER_SECOND": "100000",
        "MAX_REQUESTS_PER_SECOND_PER_ADDRESS": "100000",
        "INGEST_MAX_REQUESTS_PER_SECOND_PER_ADDRESS": "100000",
        "INGEST_MAX_REQUESTS_PER_SECOND_PER_DEVICE": "100000",
        "MAX_EVENT_REQUESTS_PER_SECOND_PER_ADDRESS": "100000",
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where servers run: a folder with a database, and a broker."""

    folder: Path
    redis_url: str
    tracker_ids: Sequence[int]


@contextmanager
def prepared(trackers: int) -> Iterator[Place]:
    """A broker and a database with that many trackers, in a folder that goes away afterwards."""
    with TemporaryDirectory() as name, broker(Path(name)) as redis_url:
        (Path(name) / "static").mkdir()  # the product warns of a missing one
        env = product_env(Path(name), redis_url)
        with working("fleet", [LOGIN, PASSWORD, str(trackers)], env) as fleet:
            tracker_ids = fleet.ask()["tracker_ids"]
        yield Place(Path(name), redis_url, tracker_ids)


def call(host: str, path: str, **parameters: Any) -> dict[str, Any]:
    """The answer to a call of the API. Raises HTTPError for a failure."""
    body = json.dumps(parameters).encode()
    request = urllib.request.Request(f"http://{host}/{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def log_in(host: str) -> str:
    """The hash of a fresh session."""
    credential: str = call(host, "user/auth", login=LOGIN, password=PASSWORD)["hash"]
    return credential


def subscribe_command(host: str, tracker_ids: Sequence[int]) -> str:
    """The product's command for the states of these trackers, with the hash of a fresh session."""
    return command_of(log_in(host), {"type": "state", "trackers": list(tracker_ids)})


def command_of(credential: str, request: dict[str, Any]) -> str:
    """The command of one subscription."""
    return json.dumps({"action": "subscribe", "hash": credential, "requests": [request]})
