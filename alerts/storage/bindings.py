"""Which rules are judged for which trackers, with what each remembers: one statement for all of a transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from alerts.engine.kinds.table import kinds_concerned
from alerts.engine.memory import NO_DOCUMENT, Memory, decode_memory


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


# Rows are most of what rules cost: those of which the judge would say at once that nothing concerns them stay there.
# A tracker that has moved to another account is left to that account's rules.
_BINDINGS = """
    SELECT rule.id, rule.version, account.time_zone, account.id, tracker.id, tracker.source_id, memory.document
    FROM trackers_tracker tracker
    JOIN alerts_alertrule_trackers binding ON binding.tracker_id = tracker.id
    JOIN alerts_alertrule rule ON rule.id = binding.alertrule_id AND rule.account_id = tracker.account_id
    JOIN accounts_user account ON account.id = rule.account_id
    LEFT JOIN alerts_rulememory memory ON memory.rule_id = rule.id AND memory.tracker_id = tracker.id
    WHERE NOT rule.is_suspended AND tracker.source_id IN ({source_ids})
    AND (memory.document IS NULL OR memory.document <> %s OR rule.kind IN ({kinds}))
    ORDER BY tracker.source_id, rule.id
"""
_BY_VENDOR = {
    "sqlite": _BINDINGS.format(source_ids="SELECT value FROM json_each(%s)", kinds="SELECT value FROM json_each(%s)"),
    "postgresql": _BINDINGS.format(
        source_ids="SELECT json_array_elements_text(%s::json)::bigint",
        kinds="SELECT json_array_elements_text(%s::json)",
    ),
}


def bindings_of(source_ids: Collection[int], facets: int) -> list[Binding]:
    """The rules that are not suspended, watch trackers on these sources, and remember something, are to begin or may
    be concerned by what has these of Facet."""
    concerned = json.dumps(kinds_concerned(facets))
    with connection.cursor() as cursor:
        cursor.execute(_BY_VENDOR[connection.vendor], [json.dumps(list(source_ids)), NO_DOCUMENT, concerned])
        return [
            Binding(rule, version, time_zone, account, tracker, source, decode_memory(document) if document else None)
            for rule, version, time_zone, account, tracker, source, document in cursor.fetchall()
        ]
