"""What an outage of PostgreSQL looks like: an error of operation, after a bounded wait.

The server ends a statement that takes too long, and the kernel a connection whose other end acknowledges nothing. Left
is a proxy between that acknowledges everything and has died otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import InternalError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    import psycopg

# By the list of error codes in PostgreSQL's manual.
READ_ONLY = "25006"


def bound_answers(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Has every wait over a new connection end; to be called by Django's signal of one."""
    if (raw := _connection_of_postgresql(connection)) is not None:
        waits = settings.DATABASE_WAITS
        # psycopg waits by this method alone. The server speaks first: of a statement that it ends it says so.
        raw.wait = partial(_wait, raw, timeout=float(waits.statement_s + waits.network_s))  # type: ignore[method-assign]


def mind_read_only(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Has a database that takes no writes fail like one that is away; to be called by Django's signal of a new one.

    After a failover the server that was the first may be there still, as one that is only read.
    """
    if connection.vendor == "postgresql" and _call_read_only_away not in connection.execute_wrappers:
        connection.execute_wrappers.append(_call_read_only_away)


def is_read_only(error: Exception) -> bool:
    """Whether the server took a statement for one that it must not carry out as it is only read."""
    return getattr(error.__cause__, "sqlstate", None) == READ_ONLY


def _call_read_only_away(execute: Callable[..., Any], *args: Any) -> Any:
    try:
        return execute(*args)
    except InternalError as error:
        if is_read_only(error):
            raise OperationalError(*error.args) from error.__cause__
        raise


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
