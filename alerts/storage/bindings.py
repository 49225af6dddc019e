"""Which rules watch which trackers, with what each remembers: one statement for all sources of a transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from alerts.engine.memory import Memory, decode_memory


class Binding(NamedTuple):
    """A rule that is judged for a tracker."""

    rule_id: int
    version: int
    """Of the rule: another after each change."""
    time_zone: str
    """Of the account."""
    account_id: int
    tracker_id: int
    source_id: int
    memory: Memory | None
    """None: the rule begins with what comes next."""


# A tracker that has moved to another account is left to that account's rules.
_BINDINGS = """
    SELECT rule.id, rule.version, account.time_zone, account.id, tracker.id, tracker.source_id, memory.document
    FROM trackers_tracker tracker
    JOIN alerts_alertrule_trackers binding ON binding.tracker_id = tracker.id
    JOIN alerts_alertrule rule ON rule.id = binding.alertrule_id AND rule.account_id = tracker.account_id
    JOIN accounts_user account ON account.id = rule.account_id
    LEFT JOIN alerts_rulememory memory ON memory.rule_id = rule.id AND memory.tracker_id = tracker.id
    WHERE NOT rule.is_suspended AND tracker.source_id IN ({source_ids}) ORDER BY tracker.source_id, rule.id
"""
_BY_VENDOR = {
    "sqlite": _BINDINGS.format(source_ids="SELECT value FROM json_each(%s)"),
    "postgresql": _BINDINGS.format(source_ids="SELECT json_array_elements_text(%s::json)::bigint"),
}


def bindings_of(source_ids: Collection[int]) -> list[Binding]:
    """The rules that are not suspended and watch trackers on these sources."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_VENDOR[connection.vendor], [json.dumps(list(source_ids))])
        return [Binding._make((*row[:-1], decode_memory(row[-1]) if row[-1] else None)) for row in cursor.fetchall()]
