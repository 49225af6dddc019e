"""The product as benchmarks run it: its settings, its user, and what a client of it sends."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path

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
    }


def subscribe_command(host: str, tracker_ids: Sequence[int]) -> str:
    """The product's command for the states of these trackers, with the hash of a fresh session."""
    request = urllib.request.Request(
        f"http://{host}/user/auth",
        json.dumps({"login": LOGIN, "password": PASSWORD}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        credential = json.load(response)["hash"]
    requests = [{"type": "state", "trackers": list(tracker_ids)}]
    return json.dumps({"action": "subscribe", "hash": credential, "requests": requests})
