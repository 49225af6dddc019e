"""Plans that PostgreSQL keeps: of a small transaction it takes longer to plan the statements than to carry them out."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

# From then on a statement is prepared, by psycopg, as often as it is given over one connection.
PREPARE_AFTER = 5


def open_with_plans(database: BaseDatabaseWrapper) -> None:
    """Opens the connection unless it is open, and has statements that come again over it planned once for all.

    Not where a pooler stands between: each transaction may be carried out over another connection to the server, which
    knows nothing of what was prepared over the one before. Then the server that answers is not the one that greeted.
    """
    if database.vendor != "postgresql" or database.connection is not None:
        return
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process_id,) = cursor.fetchone()
    line: Any = database.connection
    if line.info.backend_pid == process_id:
        line.prepare_threshold = PREPARE_AFTER
