"""SQLite's log of what was written lately, and how it is carried over into the database.

By itself SQLite does that within the commit that finds a thousand pages there, and whoever is stored by it waits for
the disk twice. Another connection may do it as well, while transactions go on.
"""

from __future__ import annotations

from django.db import connection

# The log begins anew when all of it is carried over and nobody writes: the first time takes nearly everything, each
# further one what was written during the one before. It need not succeed; the next transactions see to the next one.
_MOST_TIMES = 3


def carry_over() -> None:
    """Carries over what is in the log, with nobody waiting for it. Raises what the database raises."""
    seen = -1
    with connection.cursor() as cursor:
        for _ in range(_MOST_TIMES):
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            is_busy, in_log, _ = cursor.fetchone()
            if is_busy or in_log == seen:
                return
            seen = in_log
