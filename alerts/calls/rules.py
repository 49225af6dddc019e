"""The calls about alert rules (alerts §2.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec
from django.utils import timezone

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.description import Example
from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, said
from accounts.wire.signature import Found, document
from accounts.wire.terms import ID, TRACKER_ID
from alerts.calls.rule_documents import MAX_IDS, ChangedRule, NewRule
from alerts.engine.schedules import Interval
from alerts.models import AlertRule
from alerts.rendering.rules import REASON, RULE, ShownRule, render_rule
from alerts.services import rules as services
from alerts.services import trying
from trackers.calls.lookup import find_visible
from trackers.models import Tracker
from trackers.rendering.states import dates_of
from trackers.services.selectors import sources_by_tracker

RULE_ID = said(ID, "a rule's `id` in `tracker/rule/list`")
RuleId = Annotated[int, RULE_ID]
OneTracker = Annotated[
    Tracker,
    Found("tracker_id", TRACKER_ID, partial(find_visible, missing=ErrorCode.ENTITY_NOT_FOUND), codes=(204,)),
]
TrackerIds = Annotated[tuple[int, ...], list_of(ID, most=MAX_IDS), "unknown ones do not matter"]


@call("tracker/rule/list", gives={"list": list_of(RULE)})
def list_rules(
    call: UserCall, tracker_id: Annotated[int | None, ID, "only rules that are bound to this tracker"] = None
) -> Fields:
    """The alert rules that the caller sees."""
    rows = services.visible_rules(call.caller)
    seen = sources_by_tracker(call.caller).keys()
    if tracker_id is not None:
        rows = rows.filter(trackers=tracker_id if tracker_id in seen else None)
    dates = dates_of(call.caller.zone, call.iso)
    return {"list": [render_rule(shown, dates) for shown in _shown(rows.distinct(), seen)]}


def _shown(rows: Iterable[AlertRule], seen: Collection[int]) -> Iterable[ShownRule]:
    for row in rows.prefetch_related("zones", "trackers", "webhooks"):  # type: ignore[attr-defined]
        yield ShownRule(
            row.pk,
            row.kind,
            row.name,
            row.description,
            row.primary_text,
            row.secondary_text,
            row.param,
            row.is_suspended,
            row.is_private,
            row.is_emergency,
            row.alerts,
            msgspec.convert(row.schedule, list[Interval]),
            row.extended_params,
            sorted(zone.pk for zone in row.zones.all()),
            sorted(tracker.pk for tracker in row.trackers.all() if tracker.pk in seen),
            sorted(hook.pk for hook in row.webhooks.all()),
        )


@call(
    "tracker/rule/create",
    right=Right.TRACKER_RULE_UPDATE,
    gives={"id": said(ID, "of the rule")},
    codes=(201, 204, 268),
    example=Example(
        {"rule": {"type": "inoutzone", "name": "Depot gate", "zone_ids": [12], "trackers": [7001]}}, {"id": 41}
    ),
)
def create_rule(call: UserCall, rule: Annotated[NewRule, document(NewRule)]) -> Fields:
    """A new alert rule, which begins with what is known now."""
    return {"id": services.create_rule(call.caller, rule.draft(call.caller.zone)).pk}


@call("tracker/rule/update", right=Right.TRACKER_RULE_UPDATE, codes=(201, 204))
def update_rule(call: UserCall, rule: Annotated[ChangedRule, document(ChangedRule)]) -> None:
    """Has an alert rule be another; what is left out is as in a new one."""
    services.change_rule(call.caller, rule.id, rule.draft(call.caller.zone))


@call("tracker/rule/delete", right=Right.TRACKER_RULE_UPDATE, codes=(201,))
def delete_rule(call: UserCall, rule_id: RuleId) -> None:
    """Removes an alert rule; its alerts stay."""
    services.remove_rule(call.caller, rule_id)


@call("tracker/rule/bind", right=Right.TRACKER_RULE_UPDATE, codes=(201,))
def bind_rule(call: UserCall, rule_id: RuleId, trackers: TrackerIds) -> None:
    """Has an alert rule watch trackers, too."""
    services.bind_trackers(call.caller, rule_id, trackers)


@call("tracker/rule/unbind", right=Right.TRACKER_RULE_UPDATE, codes=(201,))
def unbind_rule(call: UserCall, rule_id: RuleId, trackers: TrackerIds) -> None:
    """Has an alert rule watch trackers no longer."""
    services.unbind_trackers(call.caller, rule_id, trackers)


@call("tracker/rule/explain", right=Right.TRACKER_RULE_UPDATE, gives={"list": list_of(REASON)}, codes=(201,))
def explain_rule(call: UserCall, rule_id: RuleId, tracker: OneTracker) -> Fields:
    """Why an alert rule would not fire now for a tracker; an empty list: only that nothing has happened."""
    reasons = trying.explain(services.find_rule(call.caller, rule_id), tracker, timezone.now())
    return {"list": [{"reason": one.reason.value, "detail": _detail(call, one.detail)} for one in reasons]}


def _detail(call: UserCall, detail: str | datetime | None) -> str | None:
    return call.date_of(detail) if isinstance(detail, datetime) else detail


@call(
    "tracker/rule/test",
    right=Right.TRACKER_RULE_UPDATE,
    gives={"id": said(ID, "of the entry in the history")},
    codes=(201,),
)
def test_rule(call: UserCall, rule_id: RuleId, tracker: OneTracker) -> Fields:
    """Raises an alert that is marked as a test, for all whom the rule tells."""
    return {"id": trying.raise_test(services.find_rule(call.caller, rule_id), tracker, timezone.now()).pk}
