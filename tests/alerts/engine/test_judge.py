"""What holds of rules whatever is reported (alerts §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.engine.judge import Finding, judge
from alerts.engine.memory import NOTHING, decode_memory, encode_memory
from alerts.engine.rules import Rule
from alerts.engine.schedules import Weekly, is_open
from alerts.engine.sight import Sight, look_around
from alerts.geometry.index import ZoneIndex
from alerts.geometry.places import METRES_PER_DEGREE, Place
from alerts.geometry.shapes import Circle, Shape
from trackers.engine.past import Point
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import State
from trackers.reports.report import Report

BEGIN = datetime(2025, 3, 4, 8, 0, tzinfo=UTC)
CENTER = Place(47.5, 19.0)
RADIUS_M = 200.0
RULES = Rules(timedelta(minutes=5), timedelta(minutes=10))
RECORD = Record(State(1, BEGIN))


@dataclass(frozen=True)
class KnownZone:
    label: str = "Depot"
    shape: Shape = field(default_factory=lambda: Circle(CENTER, RADIUS_M))


@dataclass(frozen=True)
class Zones:
    zones: dict[int, KnownZone] = field(default_factory=lambda: {12: KnownZone()})

    @property
    def index(self) -> ZoneIndex:
        return ZoneIndex.of({zone_id: one.shape for zone_id, one in self.zones.items()})


ZONES = Zones()
RULE = Rule(1, 1, "inoutzone", "came", "left", zone_ids=frozenset([12]))


def sight(seconds: float, beyond_m: float, *, is_news: bool = True) -> Sight:
    time = BEGIN + timedelta(seconds=seconds)
    point = Point(time, CENTER.latitude + (RADIUS_M + beyond_m) / METRES_PER_DEGREE, CENTER.longitude, 20.0)
    return Sight(time, time, RECORD, RECORD, RULES, report=Report("van", time), point=point, is_news=is_news)


def findings(sights: list[Sight], rule: Rule = RULE) -> list[Finding]:
    """What is told of all of them, with what is remembered going through the database in between."""
    memory, found = NOTHING, list[Finding]()
    for one in sights:
        memory, told = judge(rule, decode_memory(encode_memory(memory)), one, look_around(ZONES, one.place))
        found += told
    return found


@given(st.lists(st.integers(-19, 19), min_size=1, max_size=60), st.integers(1, 120))
def test_jitter_on_the_border_never_makes_two_entries(jitter: list[int], seconds: int) -> None:
    drive = [sight(0, 300), *(sight(seconds * number, metres) for number, metres in enumerate(jitter, start=1))]
    drive.append(sight(seconds * (len(jitter) + 1) + 120, 300))
    events = [one.event.value for one in findings(drive)]
    assert events == (["inzone", "outzone"] if any(metres <= 0 for metres in jitter) else [])


@given(st.lists(st.floats(-200, 400), min_size=1, max_size=40))
def test_entries_and_exits_take_turns(places: list[float]) -> None:
    events = [one.event.value for one in findings([sight(120 * number, place) for number, place in enumerate(places)])]
    assert all(one != other for one, other in zip(events, events[1:], strict=False))


@given(
    st.lists(st.tuples(st.integers(0, 3600), st.floats(-200, 400)), min_size=1, max_size=30, unique_by=lambda x: x[0])
)
def test_late_and_repeated_reports_add_nothing(reports: list[tuple[int, float]]) -> None:
    in_order = [sight(seconds, place) for seconds, place in sorted(reports)]
    disturbed = list[Sight]()
    for seconds, place in sorted(reports):
        disturbed += [sight(seconds, place)]
        disturbed += [sight(earlier, other, is_news=False) for earlier, other in reports if earlier < seconds]
    assert findings(disturbed) == findings(in_order)


@given(st.lists(st.floats(-200, 400), max_size=40))
def test_no_two_of_one_kind_are_told_within_the_reset_timer(places: list[float]) -> None:
    found = findings([sight(7 * number, place) for number, place in enumerate(places)])
    for event in ("inzone", "outzone"):
        times = [one.time for one in found if one.event == event]
        assert all(later - earlier >= timedelta(seconds=60) for earlier, later in zip(times, times[1:], strict=False))


def test_a_week_may_run_over_its_end() -> None:
    night = Weekly(1, 7, "22:00:00", 1, "05:59:59")
    times = {day_and_hour: datetime(2025, 3, *day_and_hour, tzinfo=UTC) for day_and_hour in ((2, 23), (3, 3), (3, 6))}
    assert [is_open([night], time, UTC) for time in times.values()] == [True, True, False]
