"""The bound of the wait for an answer of PostgreSQL.

The server ends a statement that takes too long, and the kernel a connection whose other end acknowledges nothing. Left
is a proxy between that acknowledges everything and has died otherwise.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    import psycopg


def bound_answers(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Has every wait over a new connection end; to be called by Django's signal of one."""
    if (raw := _connection_of_postgresql(connection)) is not None:
        waits = settings.DATABASE_WAITS
        # psycopg waits by this method alone. The server speaks first: of a statement that it ends it says so.
        raw.wait = partial(_wait, raw, timeout=float(waits.statement_s + waits.network_s))  # type: ignore[method-assign]


def take_time(connection: BaseDatabaseWrapper) -> None:
    """Lets statements over this connection take as long as they do; a lock is waited for as ever."""
    if (raw := _connection_of_postgresql(connection)) is not None:
        raw.execute("SET statement_timeout = 0")
        raw.execute("SET idle_in_transaction_session_timeout = 0")
        vars(raw).pop("wait", None)


def _connection_of_postgresql(connection: BaseDatabaseWrapper) -> psycopg.Connection[Any] | None:
    return connection.connection if connection.vendor == "postgresql" else None


def _wait(raw: psycopg.Connection[Any], *args: Any, **kwargs: Any) -> Any:
    # Only an installation on PostgreSQL has it.
    import psycopg
    from psycopg.pq import TransactionStatus

    try:
        return psycopg.Connection.wait(raw, *args, **kwargs)
    except psycopg.OperationalError:
        # Still waited for: nobody knows to what the next answer would belong.
        if raw.pgconn.transaction_status is TransactionStatus.ACTIVE:
            raw.close()
        raise
