"""Alert rules as clients read them: every wire key of `tracker/rule/…` is written here (alerts §2.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.wire.schema import any_of, list_of, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, ID, INTEGER, NUMBER, between, shaped, text
from alerts.engine.schedules import Fixed, Interval, Weekly
from trackers.rendering.states import Dates

TIME = shaped(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]", "a time of day, as 06:00:00", most=8)
WEEKDAY = said(between(1, 7), "1 is Monday")
MOMENT_OF_WEEK = object_of({"weekday": WEEKDAY, "time": TIME})
INTERVAL = any_of(
    record(
        "WeeklyInterval", type={"const": "weekly"}, **{"from": MOMENT_OF_WEEK, "to": MOMENT_OF_WEEK}, interval_id=ID
    ),
    record("FixedInterval", type={"const": "fixed"}, **{"from": DATE, "to": DATE}, interval_id=ID),
)
RECEIVERS = record(
    "RuleReceivers",
    push_enabled=said(FLAG, "alerts pop up at open pages"),
    emails=list_of(text()),
    sms_phones=said(list_of(text()), "kept; nothing is sent to them"),
    phones=said(list_of(text()), "kept; nothing is sent to them"),
    emergency=FLAG,
    webhook_ids=list_of(ID),
)
SENSOR_PARAMS = {
    "sensor_id": optional(nullable(ID)),
    "min": optional(nullable(said(NUMBER, "null: open"))),
    "max": optional(nullable(said(NUMBER, "null: open"))),
    "threshold": optional(NUMBER),
    "display_value": optional(FLAG),
}
EXTENDED_PARAMS = record(
    "RuleExtendedParams",
    emergency=FLAG,
    append_zone_title=said(FLAG, "messages name the zones"),
    zone_limit_inverted=said(FLAG, "the rule holds outside of its zones"),
    private_rule=said(FLAG, "seen by its maker alone"),
    max_parking_duration=optional(said(INTEGER, "minutes")),
    min_duration_seconds=optional(said(INTEGER, "so long it must last")),
    allow_exit_at_endpoints=optional(FLAG),
    **SENSOR_PARAMS,
    tracker_params=optional(list_of(object_of({"tracker_id": ID, **SENSOR_PARAMS}))),
    state_field=optional(text()),
    virtual_sensor_id=optional(nullable(ID)),
    trigger_value=optional(text()),
    allow_repeat=optional(FLAG),
    repeat_delay_seconds=optional(nullable(INTEGER)),
)
RULE = record(
    "AlertRule",
    id=ID,
    name=text(),
    description=text(),
    type=said(text(), "one of those in `rules` of `tracker/list_models`"),
    zone_ids=said(list_of(ID), "none: everywhere"),
    zone_id=said(ID, "the first of them, or 0"),
    trackers=said(list_of(ID), "those that are bound, and that the caller sees"),
    primary_text=said(text(), "of the first event; empty: it is not told"),
    secondary_text=said(text(), "of the second event"),
    param=nullable(INTEGER),
    suspended=FLAG,
    alerts=RECEIVERS,
    schedule=said(list_of(INTERVAL), "by the clock on the wall of the account; none: always"),
    extended_params=EXTENDED_PARAMS,
)
REASON = record(
    "WhyNot",
    reason=said(text(), "as `suspended`, `not_bound`, `outside_schedule`, `reset_timer`, `told_already`"),
    detail=nullable(said(text(), "until or since when, or of which event")),
)


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule with all that it takes to write it."""

    rule_id: int
    kind: str
    name: str
    description: str
    primary_text: str
    secondary_text: str
    param: int | None
    is_suspended: bool
    is_private: bool
    is_emergency: bool
    alerts: Mapping[str, Any]
    schedule: Sequence[Interval]
    extended_params: Mapping[str, Any]
    zone_ids: Sequence[int]
    tracker_ids: Sequence[int]
    webhook_ids: Sequence[int]


def render_rule(rule: ShownRule, dates: Dates) -> dict[str, Any]:
    """A rule."""
    return {
        "id": rule.rule_id,
        "name": rule.name,
        "description": rule.description,
        "type": rule.kind,
        "zone_ids": list(rule.zone_ids),
        "zone_id": rule.zone_ids[0] if rule.zone_ids else 0,
        "trackers": list(rule.tracker_ids),
        "primary_text": rule.primary_text,
        "secondary_text": rule.secondary_text,
        "param": rule.param,
        "suspended": rule.is_suspended,
        "alerts": _render_receivers(rule),
        "schedule": [_render_interval(one, dates) for one in rule.schedule],
        "extended_params": {
            "append_zone_title": False,
            "zone_limit_inverted": False,
            **rule.extended_params,
            "emergency": rule.is_emergency,
            "private_rule": rule.is_private,
        },
    }


def _render_receivers(rule: ShownRule) -> dict[str, Any]:
    names = ("emails", "sms_phones", "phones")
    return {
        "push_enabled": rule.alerts.get("push_enabled", True),
        **{name: list(rule.alerts.get(name, [])) for name in names},
        "emergency": rule.is_emergency,
        "webhook_ids": list(rule.webhook_ids),
    }


def _render_interval(interval: Interval, dates: Dates) -> dict[str, Any]:
    if isinstance(interval, Fixed):
        ends: dict[str, Any] = {"from": dates[interval.begin], "to": dates[interval.end]}
        return {"type": "fixed", **ends, "interval_id": interval.interval_id}
    return {"type": "weekly", **_render_week(interval), "interval_id": interval.interval_id}


def _render_week(interval: Weekly) -> dict[str, Any]:
    return {
        "from": {"weekday": interval.from_weekday, "time": interval.from_time},
        "to": {"weekday": interval.to_weekday, "time": interval.to_time},
    }
