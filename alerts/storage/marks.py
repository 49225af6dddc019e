"""Marks of what watches a source: another one with each change, set by the database itself, whoever changes it.

A process may keep what it read under a mark for as long as the source has it. Triggers set the marks, so that no way to
change a rule, a binding, a memory, a tracker or a time zone can be forgotten; each is chosen by chance, so that none
comes twice, not even after a transaction that was rolled back.

SQLite makes a table anew to change it, which fails with triggers about, or loses them. So they are taken down before
migrations, with all marks, and put up after them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.apps import apps as current_apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trackers.storage.states import mark_watched

SOURCES_AT_ONCE = 500
_PREFIX = "watch_mark_"
_OF_TRACKERS = "SELECT source_id FROM trackers_tracker WHERE id IN ({trackers})"
_OF_RULE = "SELECT tracker_id FROM alerts_alertrule_trackers WHERE alertrule_id = NEW.id"
_BOUND = ("alerts_rulememory", "alerts_alertrule_trackers")
_ROWS = {"INSERT": "NEW.tracker_id", "UPDATE": "OLD.tracker_id, NEW.tracker_id", "DELETE": "OLD.tracker_id"}


class _Trigger(NamedTuple):
    """What is to be marked after a row was written."""

    name: str
    table: str
    event: str
    sources: str
    """Their ids."""
    columns: tuple[str, ...] = ()
    """One of which must be another one; none: any write counts."""


_TRIGGERS = (
    *(
        _Trigger(f"{_PREFIX}{table}_{event.lower()}", table, event, _OF_TRACKERS.format(trackers=trackers))
        for table in _BOUND
        for event, trackers in _ROWS.items()
    ),
    _Trigger(
        f"{_PREFIX}rule",
        "alerts_alertrule",
        "UPDATE",
        _OF_TRACKERS.format(trackers=_OF_RULE),
        ("version", "is_suspended", "account_id", "kind"),
    ),
    _Trigger(
        f"{_PREFIX}tracker", "trackers_tracker", "UPDATE", "OLD.source_id, NEW.source_id", ("source_id", "account_id")
    ),
    _Trigger(
        f"{_PREFIX}account",
        "accounts_user",
        "UPDATE",
        "SELECT source_id FROM trackers_tracker WHERE account_id = NEW.id",
        ("time_zone",),
    ),
)
_SQLITE = """CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {condition} BEGIN
    UPDATE trackers_sourcestate SET watch_mark = random() WHERE source_id IN ({sources});
END"""
# Rows are locked in the order of their ids, as all lock them. Conditions are in the function, as columns that a trigger
# names cannot be migrated.
_POSTGRESQL = """BEGIN
    IF {condition} THEN
        PERFORM source_id FROM trackers_sourcestate WHERE source_id IN ({sources}) ORDER BY source_id FOR NO KEY UPDATE;
        UPDATE trackers_sourcestate SET watch_mark = ('x' || right(gen_random_uuid()::text, 12) ||
            left(gen_random_uuid()::text, 4))::bit(64)::bigint WHERE source_id IN ({sources});
    END IF;
    RETURN NULL;
END"""


def put_up_triggers(*, using: str, apps: Any = current_apps, **_: Any) -> None:
    """Has the database mark what changes from now on, if it does not yet; nothing where the tables are older."""
    connection = connections[using]
    if not _has_tables(apps):
        return
    wanted = {one.name: _body(connection, one) for one in _TRIGGERS}
    if _stored(connection) == wanted:
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        for one in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {one.name}{_on(connection, one)}")
            for statement in _statements(connection, one, wanted[one.name]):
                cursor.execute(statement)
    _mark_watched()


def take_down_triggers(*, using: str, plan: Any = (), **_: Any) -> None:
    """Has nobody rely on marks while tables are made anew."""
    connection = connections[using]
    if not plan or connection.vendor != "sqlite" or not (stored := _stored(connection)):
        return
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute("UPDATE trackers_sourcestate SET watch_mark = NULL WHERE watch_mark IS NOT NULL")
        for name in stored:
            cursor.execute(f"DROP TRIGGER {name}")


def _has_tables(apps: Any) -> bool:
    try:
        fields = apps.get_model("trackers", "SourceState")._meta.get_fields()
        apps.get_model("alerts", "RuleMemory")
    except LookupError:
        return False
    return "watch_mark" in {field.name for field in fields}


def _stored(connection: BaseDatabaseWrapper) -> Mapping[str, str]:
    """The triggers that are there, with what they do."""
    if connection.vendor == "sqlite":
        statement = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    else:
        statement = (
            "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE pg_function_is_visible(pg_proc.oid) AND tgname LIKE %s"
        )
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"{_PREFIX}%"])
        return dict(cursor.fetchall())


def _body(connection: BaseDatabaseWrapper, one: _Trigger) -> str:
    """What is stored of a trigger."""
    differs = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
    condition = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in one.columns) or "1 = 1"
    form = _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL
    return form.format(**one._asdict(), condition=condition)


def _statements(connection: BaseDatabaseWrapper, one: _Trigger, body: str) -> Iterator[str]:
    if connection.vendor == "sqlite":
        yield body
        return
    yield f"CREATE OR REPLACE FUNCTION {one.name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    yield f"CREATE TRIGGER {one.name} AFTER {one.event} ON {one.table} FOR EACH ROW EXECUTE FUNCTION {one.name}()"


def _on(connection: BaseDatabaseWrapper, one: _Trigger) -> str:
    return "" if connection.vendor == "sqlite" else f" ON {one.table}"


def _mark_watched() -> None:
    """Gives marks to the sources that were watched before there were any."""
    last_id: int | None = 0
    while last_id is not None:
        with transaction.atomic():
            last_id = mark_watched(secrets.randbits(63), after_id=last_id, most=SOURCES_AT_ONCE)
