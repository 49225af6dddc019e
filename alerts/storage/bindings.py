"""Which rules are judged for which trackers, with what each remembers: one statement for all sources of a transaction,
of those alone that are not kept by this process."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from alerts.engine.kinds.table import KINDS, kinds_concerned
from alerts.engine.memory import NO_DOCUMENT, Memory, decode_memory
from alerts.engine.rules import Rule
from alerts.engine.sight import ALL_FACETS, ALWAYS
from alerts.storage.kept import Kept
from alerts.storage.rules import rules_of

# How many bindings a process keeps at most, of sources that reported last: 12 MB, 75 where each remembers much.
MAX_KEPT = 100_000


class Binding(NamedTuple):
    """A rule that is judged for a tracker."""

    rule: Rule
    tracker_id: int
    source_id: int
    memory: Memory | None
    """None: the rule begins with what comes next."""
    facets: int
    """What may concern it with this memory, of Facet and ALWAYS."""


class Watched(NamedTuple):
    """A source that rules watch."""

    mark: int | None
    """That of its state, as read with the lock; None: nothing may be kept of it."""
    facets: int
    """What there is to see of it, of Facet."""


# Rows are most of what rules cost: where they are not to be kept, those of which the judge would say at once that
# nothing concerns them stay there. A tracker that has moved to another account is left to that account's rules.
# The mark is of the same moment as all else that is read, so that what is kept under it was so.
_BINDINGS = """
    SELECT state.watch_mark, rule.id, rule.version, account.time_zone, tracker.id, tracker.source_id, rule.kind,
    memory.document
    FROM trackers_tracker tracker
    JOIN trackers_sourcestate state ON state.source_id = tracker.source_id
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
KeptBindings = Kept[int, Sequence[Binding]]
_kept = KeptBindings(MAX_KEPT)


def bindings_of(watched: Mapping[int, Watched], kept: KeptBindings = _kept) -> dict[int, Sequence[Binding]]:
    """The rules that are not suspended and watch trackers on these sources, by source: all that remember
    something, are to begin or may be concerned by what there is to see; of others some. What may be kept is."""
    found = kept.find({source_id: one.mark for source_id, one in watched.items() if one.mark is not None})
    missing = [source_id for source_id in watched if source_id not in found]
    if not missing:
        return found
    is_kept = any(watched[source_id].mark is not None for source_id in missing)
    facets = ALL_FACETS if is_kept else _union(watched[source_id].facets for source_id in missing)
    read = _read(missing, facets)
    if is_kept:
        kept.keep({source_id: (mark, bindings) for source_id, (mark, bindings) in read.items() if mark is not None})
    found |= {source_id: bindings for source_id, (_, bindings) in read.items()}
    return {source_id: found[source_id] for source_id in watched if source_id in found}


def _union(facets: Iterable[int]) -> int:
    union = 0
    for one in facets:
        union |= one
    return union


def _read(source_ids: Collection[int], facets: int) -> dict[int, tuple[int | None, Sequence[Binding]]]:
    """What is stored, with the mark of each source."""
    with connection.cursor() as cursor:
        concerned = json.dumps(kinds_concerned(facets))
        cursor.execute(_BY_VENDOR[connection.vendor], [json.dumps(list(source_ids)), NO_DOCUMENT, concerned])
        rows = cursor.fetchall()
    rules = rules_of((rule_id, version, time_zone) for _, rule_id, version, time_zone, *_ in rows)
    marks: dict[int, int | None] = {}
    bindings: defaultdict[int, list[Binding]] = defaultdict(list)
    for mark, rule_id, _, _, *columns in rows:
        binding = _binding(rules[rule_id], *columns)
        marks[binding.source_id] = mark
        bindings[binding.source_id].append(binding)
    return {source_id: (marks[source_id], tuple(of_one)) for source_id, of_one in bindings.items()}


def _binding(rule: Rule, tracker_id: int, source_id: int, kind: str, document: str | None) -> Binding:
    memory = decode_memory(document) if document else None
    is_idle = memory is not None and not memory.phases and memory.due_at is None
    return Binding(rule, tracker_id, source_id, memory, KINDS[kind].facets if is_idle else ALWAYS)
