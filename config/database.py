"""How a database is opened: with a bound to every wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SQLITE = "django.db.backends.sqlite3"


@dataclass(frozen=True, slots=True)
class Waits:
    """How many seconds are waited at most; SQLite knows of locks only."""

    connect_s: int
    network_s: int
    """Until the network has taken what was sent. The kernel would go on for a quarter of an hour."""
    lock_s: int
    statement_s: int
    idle_s: int
    """How long the server keeps the locks of a transaction whose client says nothing more."""


def bounded(database: Mapping[str, Any], waits: Waits) -> dict[str, Any]:
    """The settings of a database with these bounds; what its URL says of a wait stands."""
    own = database.get("OPTIONS", {})
    options = _sqlite(waits) if database["ENGINE"] == SQLITE else _postgresql(waits)
    if "options" in own:
        own = {**own, "options": f"{options['options']} {own['options']}"}
    return {**database, "OPTIONS": {**options, **own}}


def _sqlite(waits: Waits) -> dict[str, Any]:
    return {
        # A transaction that reads first and writes later would fail at once when another one wrote in between.
        "transaction_mode": "IMMEDIATE",
        "timeout": waits.lock_s,
        # Commits survive the death of any process without a flush to disk at each; a power cut may cost the last ones.
        # The log is carried over beside the transactions where reports are taken in (decision 142); the last number is
        # for what else writes, and for when that comes too late: 40 MB.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=10000",
    }


def _postgresql(waits: Waits) -> dict[str, Any]:
    of_session = {
        "lock_timeout": waits.lock_s,
        "statement_timeout": waits.statement_s,
        "idle_in_transaction_session_timeout": waits.idle_s,
    }
    return {
        # Values go beside the statement. Written into it, which is Django's default, thousands of reports are read
        # letter by letter as SQL.
        "server_side_binding": True,
        "connect_timeout": waits.connect_s,
        "tcp_user_timeout": waits.network_s * 1000,
        # For who waits for an answer and has nothing to send: three questions of the kernel's, a third of the bound
        # apart, and where none is answered the connection is dead.
        "keepalives_idle": max(1, waits.network_s // 3),
        "keepalives_interval": max(1, waits.network_s // 3),
        "keepalives_count": 2,
        "options": " ".join(f"-c {name}={seconds}s" for name, seconds in of_session.items()),
    }
