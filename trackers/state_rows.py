"""Rows of states in SQL of our own: locked, read and written by the thousand. For trackers.ingestion only.

The ORM builds a model for each row and a case for each column of it, which costs more than all else that is done with
a report (benchmarks/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from trackers.models import decode_record
from trackers.record import Record


@dataclass(frozen=True, slots=True)
class LockedSource:
    """A source that nobody else can change until the transaction ends, with what is kept of it."""

    is_blocked: bool
    key_digest: str
    """Of the key that its reports must bring; empty: they need none."""
    record: Record


@dataclass(frozen=True, slots=True)
class StateRow:
    """What is to be stored of a record."""

    record: Record
    document: bytes
    due_at: datetime | None


# SQLite has no lists; on PostgreSQL the source is locked as well, as one that is being blocked, or gets a key or
# another account's tracker, must not take a report meanwhile. On SQLite the transaction holds the whole database.
_SELECT = """
    SELECT source.device_id, source.is_blocked, source.ingest_key_digest, state.document
    FROM trackers_source source JOIN trackers_sourcestate state ON state.source_id = source.id
    WHERE NOT source.is_corrupted AND source.device_id {is_one_of} ORDER BY source.id {lock}
"""
_LOCK = {
    "sqlite": _SELECT.format(is_one_of="IN (SELECT value FROM json_each(%s))", lock=""),
    "postgresql": _SELECT.format(is_one_of="= ANY(%s)", lock="FOR UPDATE"),
}
_UPDATE_ONE = """
    UPDATE trackers_sourcestate SET revision = %s, connection_status = %s, movement_status = %s, last_update = %s,
    due_at = %s, document = %s WHERE source_id = %s
"""
_UPDATE_MANY = """
    UPDATE trackers_sourcestate state SET revision = fresh.revision, connection_status = fresh.connection_status,
    movement_status = fresh.movement_status, last_update = fresh.last_update, due_at = fresh.due_at,
    document = fresh.document
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::bigint[])
    AS fresh(revision, connection_status, movement_status, last_update, due_at, document, source_id)
    WHERE state.source_id = fresh.source_id
"""


def lock_sources(device_ids: Collection[str]) -> dict[str, LockedSource]:
    """The sources of these device ids, locked in the order of their ids, so that no two callers wait for each other."""
    wanted: Any = list(device_ids)
    if connection.vendor == "sqlite":
        wanted = json.dumps(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK[connection.vendor], [wanted])
        return {
            device_id: LockedSource(bool(is_blocked), key_digest, decode_record(document))
            for device_id, is_blocked, key_digest, document in cursor.fetchall()
        }


def update_states(rows: Sequence[StateRow]) -> None:
    """Writes the rows of states that are there already, all of which the transaction has locked."""
    if not rows:
        return
    values = [_values(row) for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(_UPDATE_ONE, values)
        else:
            cursor.execute(_UPDATE_MANY, [list(column) for column in zip(*values, strict=True)])


def _values(row: StateRow) -> tuple[Any, ...]:
    adapt = connection.ops.adapt_datetimefield_value
    state = row.record.state
    return (
        state.revision,
        state.connection_status.value,
        state.movement_status.value,
        adapt(state.last_update),
        adapt(row.due_at),
        row.document.decode(),
        state.source_id,
    )
