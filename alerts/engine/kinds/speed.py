"""Too fast (alerts §5.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alerts.engine.events import Event
from alerts.engine.limits import is_within
from alerts.engine.memory import Memory
from alerts.engine.rules import Rule
from alerts.engine.sight import Facet, Sight, Surroundings
from alerts.engine.signals import Kind, Signal

FAST, FOR_LONG = "fast", "long"


def look(rule: Rule, memory: Memory, sight: Sight, around: Surroundings) -> Iterator[Signal]:
    """Faster than the limit, in the zones where it holds, and for so long as the rule says."""
    point = sight.point
    if point is None or point.speed_kmh is None or not sight.is_news:
        return
    is_fast = point.speed_kmh > (rule.param or 0) and is_within(rule, around)
    least = timedelta(seconds=rule.details.min_duration_seconds)
    if not least:
        yield Signal(FOR_LONG, is_fast, sight.time)
        return
    before = memory.phases.get(FAST)
    since = before.since if before is not None and before.is_on and before.since else sight.time
    yield Signal(FAST, is_fast, sight.time, was=False, is_silent=True)
    yield Signal(FOR_LONG, is_fast and sight.time - since >= least, sight.time)


SPEEDUP = Kind(
    "speedup",
    look,
    Event.SPEEDUP,
    reset=timedelta(minutes=15),
    limits_itself=True,
    is_made_up=False,
    facets=Facet.PLACE.value,
)
