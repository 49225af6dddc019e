"""Rows of states in SQL of our own: locked, read and written by the thousand. Nothing else names SourceState.

The ORM builds a model for each row and a case for each column of it, which costs more than all else that is done with
a report (benchmarks/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection
from django.db.models import Count, F, Max, QuerySet

from trackers.engine.record import Record, StateAndReadings, decode_readings, decode_record, encode_record
from trackers.models import Source, SourceState
from trackers.storage.moments import text_of


class LockedSource(msgspec.Struct, frozen=True, gc=False):
    """A source that nobody else can change until the transaction ends, with what is kept of it."""

    is_blocked: bool
    key_digest: str
    """Of the key that its reports must bring; empty: they need none."""
    own_rules: str
    record: Record
    is_watched: bool = False
    watch_mark: int | None = None
    """Another one, chosen by chance, whenever what watches the source changes; None: nobody sees to that."""


class DueRecord(NamedTuple):
    """A record that time may change, locked, with what is stored beside its source."""

    record: Record
    own_rules: str
    is_watched: bool
    is_blocked: bool
    watch_mark: int | None


class StateRow(msgspec.Struct, frozen=True, gc=False):
    """What is to be stored of a record."""

    record: Record
    due_at: datetime | None

    @property
    def document(self) -> bytes:
        return encode_record(self.record)


# On PostgreSQL the source is locked as well, as one that is being blocked, or gets a key or
# another account's tracker, must not take a report meanwhile. On SQLite the transaction holds the whole database.
# PostgreSQL takes a subquery for so many rows that it reads all sources to find a few; an array it looks up.
_SELECT = """
    SELECT source.device_id, source.is_blocked, source.ingest_key_digest, source.own_rules, state.document,
    source.is_watched, state.watch_mark
    FROM trackers_source source JOIN trackers_sourcestate state ON state.source_id = source.id
    WHERE NOT source.is_corrupted AND source.device_id {among} ORDER BY source.id {lock}
"""
_LOCK = {
    "sqlite": _SELECT.format(among="IN (SELECT value FROM json_each(%s))", lock=""),
    "postgresql": _SELECT.format(
        among="= ANY(ARRAY(SELECT json_array_elements_text(%s::json)))", lock="FOR UPDATE OF source, state"
    ),
}
_ACCOUNTS = {
    vendor: f"SELECT account_id, source_id FROM trackers_tracker WHERE source_id {among} ORDER BY id"
    for vendor, among in {
        "sqlite": "IN (SELECT value FROM json_each(%s))",
        "postgresql": "= ANY(ARRAY(SELECT json_array_elements_text(%s::json)::bigint))",
    }.items()
}
# Fleets are read while reports are taken in, and few trackers with each command: no model is made of a row.
_TRACKED = """
    SELECT tracker.id, tracker.source_id, source.is_blocked, state.document
    FROM trackers_tracker tracker JOIN trackers_source source ON source.id = tracker.source_id
    JOIN trackers_sourcestate state ON state.source_id = source.id
    WHERE tracker.account_id = %s {chosen} ORDER BY tracker.id
"""
_PLACED = """
    SELECT tracker.id, tracker.source_id, source.is_blocked, state.revision, state.connection_status,
    state.movement_status, state.document
    FROM trackers_tracker tracker JOIN trackers_source source ON source.id = tracker.source_id
    JOIN trackers_sourcestate state ON state.source_id = source.id
    WHERE tracker.account_id = %s AND tracker.id > %s ORDER BY tracker.id LIMIT %s
"""
_BINDINGS = """
    SELECT binding.tracker_id, binding.user_id
    FROM trackers_tracker_sub_users binding JOIN trackers_tracker tracker ON tracker.id = binding.tracker_id
    WHERE tracker.account_id = %s {chosen}
"""
_CHOSEN = {
    "sqlite": "AND tracker.id IN (SELECT value FROM json_each(%s))",
    "postgresql": "AND tracker.id IN (SELECT json_array_elements_text(%s::json)::bigint)",
}
# Where a due time stands that is no later than the new one it stays: rewriting the indexes of each row for it would
# cost as much as all else. Whoever finds the state due too early sets it anew.
_KEEP_EARLIER = {
    "sqlite": "min(coalesce(due_at, ?5), coalesce(?5, due_at))",
    "postgresql": "least(state.due_at, fresh.due_at)",
}
_UPDATE_ONE = """
    UPDATE trackers_sourcestate SET revision = ?1, connection_status = ?2, movement_status = ?3, last_update = ?4,
    due_at = {due_at}, document = ?6 WHERE source_id = ?7
"""
# A column is one text, a row a line of it: psycopg quotes lists of texts piece by piece, at the cost of all the rest
# together. No value has a line's end in it, compact JSON least of all; an empty line is null.
_UPDATE_MANY = """
    UPDATE trackers_sourcestate state SET revision = fresh.revision, connection_status = fresh.connection_status,
    movement_status = fresh.movement_status, last_update = fresh.last_update, due_at = {due_at},
    document = fresh.document
    FROM unnest({column}::bigint[], {column}, {column}, {column}::timestamptz[], {column}::timestamptz[], {column},
    {column}::bigint[])
    AS fresh(revision, connection_status, movement_status, last_update, due_at, document, source_id)
    WHERE state.source_id = fresh.source_id
"""
_COLUMN = "string_to_array(%s, chr(10), '')"
_UPDATE = {
    "sqlite": _UPDATE_ONE.format(due_at="?5"),
    "postgresql": _UPDATE_MANY.format(column=_COLUMN, due_at="fresh.due_at"),
}
_UPDATE_REPORTED = {
    "sqlite": _UPDATE_ONE.format(due_at=_KEEP_EARLIER["sqlite"]),
    "postgresql": _UPDATE_MANY.format(column=_COLUMN, due_at=_KEEP_EARLIER["postgresql"]),
}


def lock_sources(device_ids: Collection[str]) -> dict[str, LockedSource]:
    """The sources of these device ids, locked in the order of their ids, so that no two callers wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK[connection.vendor], [json.dumps(list(device_ids))])
        return {
            device_id: LockedSource(
                bool(is_blocked), key_digest, own_rules, decode_record(document), bool(is_watched), mark
            )
            for device_id, is_blocked, key_digest, own_rules, document, is_watched, mark in cursor.fetchall()
        }


def lock_source_rows(source_ids: Collection[int]) -> QuerySet[Source]:
    """These sources, which nobody else changes until the transaction ends; to be called before a state is locked.

    All lock sources before states and both in the order of their ids: in any other order two could wait for each other.
    """
    sources = Source.objects.filter(pk__in=source_ids)
    # The values are of no use; asking for them takes the locks.
    list(sources.select_for_update().order_by("pk").values_list("pk"))
    return sources


def lock_sources_and_states(source_ids: Collection[int]) -> None:
    """Has nobody report from these sources, and no time pass for them, until the transaction ends."""
    lock_source_rows(source_ids)
    states = SourceState.objects.filter(source_id__in=source_ids).order_by("source_id")
    list(states.select_for_update().values_list("source_id"))


def mark_watched(mark: int, *, after_id: int, most: int) -> int | None:
    """Marks up to `most` states without a mark, of sources with ids above `after_id` that are watched; the id of the
    last one, None: there are no more."""
    rows = SourceState.objects.filter(source__is_watched=True, watch_mark=None, source_id__gt=after_id)
    ids = list(rows.order_by("source_id").values_list("source_id", flat=True)[:most])
    lock_sources_and_states(ids)
    SourceState.objects.filter(source_id__in=ids, watch_mark=None).update(watch_mark=mark)
    return ids[-1] if ids else None


def accounts_of_sources(source_ids: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of account and source, one for each tracker on one of the sources."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS[connection.vendor], [json.dumps(list(source_ids))])
        return list(cursor.fetchall())


def add_states(rows: Iterable[StateRow]) -> None:
    """Writes the first rows of sources that were just registered."""
    SourceState.objects.bulk_create(map(_model, rows))


def _model(row: StateRow) -> SourceState:
    state = row.record.state
    return SourceState(
        source_id=state.source_id,
        revision=state.revision,
        connection_status=state.connection_status.value,
        movement_status=state.movement_status.value,
        last_update=state.last_update,
        due_at=row.due_at,
        document=row.document.decode(),
    )


def due_rows(now: datetime, most: int) -> QuerySet[SourceState, Any]:
    """Up to `most` rows that are due, the longest first, to be locked; what another process has locked is its own."""
    return _to_be_locked(SourceState.objects.filter(due_at__lte=now).order_by("due_at")[:most])


def _to_be_locked(rows: QuerySet[SourceState], *, skips_locked: bool = True) -> QuerySet[SourceState, Any]:
    skip_locked = skips_locked and connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skip_locked, of=("self",)).annotate(
        own_rules=F("source__own_rules"), is_watched=F("source__is_watched"), is_blocked=F("source__is_blocked")
    )


def lock_due_records(now: datetime, most: int) -> list[DueRecord]:
    """Up to `most` records that are due, locked."""
    return [_due_record(row) for row in due_rows(now, most)]


def lock_records(source_ids: Collection[int]) -> list[DueRecord]:
    """The records of these sources, locked in the order of their ids; the sources must have been locked before."""
    rows = SourceState.objects.filter(source_id__in=source_ids).order_by("source_id")
    return [_due_record(row) for row in _to_be_locked(rows, skips_locked=False)]


def _due_record(row: Any) -> DueRecord:
    return DueRecord(row.record, row.own_rules, row.is_watched, row.is_blocked, row.watch_mark)


def lock_records_due_after(moment: datetime, most: int, *, after_id: int) -> list[tuple[Record, str]]:
    """Up to `most` records that are due later, of sources with ids above `after_id`, in order; and their own rules."""
    rows = SourceState.objects.filter(due_at__gt=moment, source_id__gt=after_id).order_by("source_id")[:most]
    return [(row.record, row.own_rules) for row in _to_be_locked(rows)]


def lock_record(source_id: int) -> Record:
    """What is kept of a source, locked; the source must have been locked before."""
    return SourceState.objects.select_for_update().get(source_id=source_id).record


def record_of(source_id: int) -> Record:
    """What is kept of a source."""
    return SourceState.objects.get(source_id=source_id).record


def readings_by_source(source_ids: Collection[int]) -> list[tuple[int, str, StateAndReadings]]:
    """Each of these sources with its own rules, its state and its readings."""
    rows = SourceState.objects.filter(source_id__in=source_ids)
    columns = rows.values_list("source_id", "source__own_rules", "document")
    return [(source_id, own_rules, decode_readings(document)) for source_id, own_rules, document in columns]


def states_by_tracker(account_id: int, tracker_ids: Collection[int] | None = None) -> list[tuple[int, int, int, str]]:
    """Each tracker's id, its source's id, whether that is blocked, and the document of its state, by tracker.

    Of these trackers of the account, or of all. SQLite's booleans are numbers.
    """
    return _rows_of(_TRACKED, account_id, tracker_ids)


def placed_trackers(account_id: int, *, after_id: int, most: int) -> list[tuple[int, int, bool, int, str, str, str]]:
    """Up to `most` of the account's trackers with ids above `after_id`, in order.

    Of each its id, its source's id, whether that is blocked, its revision, connection and movement, and its document.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLACED, [account_id, after_id, most])
        return [(*row[:2], bool(row[2]), *row[3:]) for row in cursor.fetchall()]


def sub_users_by_tracker(account_id: int, tracker_ids: Collection[int] | None = None) -> list[tuple[int, int]]:
    """Pairs of tracker and sub-user who may see it, of these trackers of the account, or of all."""
    return _rows_of(_BINDINGS, account_id, tracker_ids)


def _rows_of(statement: str, account_id: int, tracker_ids: Collection[int] | None) -> list[Any]:
    chosen = "" if tracker_ids is None else _CHOSEN[connection.vendor]
    ids = [] if tracker_ids is None else [json.dumps(list(tracker_ids))]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(chosen=chosen), [account_id, *ids])
        rows: list[Any] = cursor.fetchall()
        return rows


def count_by_status() -> list[tuple[str, int, datetime | None]]:
    """Each connection status that devices have, with how many have it and the newest of their reports."""
    rows = SourceState.objects.filter(source__is_corrupted=False).values("connection_status").order_by()
    return list(rows.values_list("connection_status", Count("pk"), Max("last_update")))


def update_states(rows: Iterable[StateRow]) -> None:
    """Writes the rows of states that are there already, all of which the transaction has locked."""
    _update(_UPDATE, rows)


def update_reported_states(rows: Iterable[StateRow]) -> None:
    """Writes them after reports, which mostly put off when a state is due: a `due_at` that is too early stays."""
    _update(_UPDATE_REPORTED, rows)


def _update(statements: Mapping[str, str], rows: Iterable[StateRow]) -> None:
    values = [_values(row) for row in rows]
    if not values:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(statements["sqlite"], values)
        else:
            columns = ["\n".join(map(_line, column)) for column in zip(*values, strict=True)]
            cursor.execute(statements["postgresql"], columns)


def _values(row: StateRow) -> tuple[Any, ...]:
    state = row.record.state
    return (
        state.revision,
        state.connection_status.value,
        state.movement_status.value,
        _moment_text(state.last_update),
        _moment_text(row.due_at),
        row.document.decode(),
        state.source_id,
    )


def _moment_text(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)


def _line(value: Any) -> str:
    return "" if value is None else str(value)
