"""Trips as they are kept: measured report by report, so that who lists a month reads none (history §2.4). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from trackers.engine.measures import Measure, grow
from trackers.engine.past import PastReport, Point
from trackers.engine.tracks import SILENCE, RulesAt, Span, TripFinder
from trackers.engine.trips import Trip


class KeptTrip(msgspec.Struct, frozen=True, gc=False):
    """A trip as a whole."""

    begin: datetime
    end: datetime
    measure: Measure
    is_alone: bool = False
    """Whether it is a single point, long after the one before and long before the next."""

    @property
    def span(self) -> Span:
        return Span(self.begin, self.end)


class Settled(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is certain after a report whatever comes next, and all that is needed to go on from there."""

    time: datetime
    """Of that report."""
    heard_at: datetime | None
    """Of the newest satellite point."""
    movement: Trip
    begin: datetime | None = None
    """Of the trip that goes on; None: it is parked."""
    measure: Measure | None = None
    """Of that trip."""
    is_after_silence: bool = True
    """Whether that trip began long after the point before."""


def parked_before(time: datetime, reports: Iterable[PastReport]) -> Settled:
    """What is known where a trip can begin at `time`; of the reports before it what the ignition and motion were."""
    ignition, in_motion, heard_at = None, None, None
    for report in reports:
        ignition = ignition if report.ignition is None else report.ignition
        in_motion = in_motion if report.in_motion is None else report.in_motion
        if report.point is not None and not report.point.is_cell_based:
            heard_at = report.time
    return Settled(time - timedelta(microseconds=1), heard_at, Trip(ignition=ignition, in_motion=in_motion))


class TripLog(TripFinder):
    """Finds trips and measures them while they go on."""

    def __init__(self, rules_at: RulesAt, begin: datetime, *, is_parked: bool = False) -> None:
        super().__init__(rules_at, begin, is_parked=is_parked)
        self.trips: list[KeptTrip] = []
        # Without a report nothing is.
        self.settled = parked_before(begin, [])
        self._known_point_at: datetime | None = None
        self._measure: Measure | None = None
        self._is_after_silence = True
        # Points of a stop, of which nobody knows yet whether they belong to the trip.
        self._pending: list[Point] = []

    @classmethod
    def resume(cls, rules_at: RulesAt, known: Settled) -> TripLog:
        """One that goes on where another had come to."""
        log = cls(rules_at, known.heard_at or known.time, is_parked=True)
        log.settled, log._known_point_at = known, known.heard_at
        log._movement, log._begin, log._measure = known.movement, known.begin, known.measure
        log._is_after_silence = known.is_after_silence
        return log

    @property
    def begin(self) -> datetime | None:
        """Of the trip that goes on."""
        return self._begin

    def follow(self, report: PastReport) -> None:
        """Takes in one more report, which must not be older than those before."""
        point, heard_before = report.point, self._known_point_at
        if point is not None and self._begin is not None:
            self._pending.append(point)
        super().follow(report)
        if point is not None and self._begin is not None and self._measure is None:
            self._pending = [point]
            self._is_after_silence = heard_before is None or point.time - heard_before > SILENCE
        if point is not None and not point.is_cell_based:
            self._known_point_at = point.time
            if self._begin is not None and self._movement.standing_since in (None, report.time):
                self._take_in_until(report.time)
        if not self._pending:
            self.settled = Settled(
                report.time,
                self._known_point_at,
                self._movement,
                self._begin,
                self._measure,
                self._is_after_silence,
            )

    def trips_until(self, now: datetime) -> list[KeptTrip]:
        """All trips, the one that goes on at `now` with them: it reaches to its newest point. Nothing may follow."""
        self._let_time_pass(now, self._rules_at(now))
        if self._begin is not None:
            self.is_certain = True
            self._close(self._heard_at)
        return self.trips

    def _take_in_until(self, end: datetime) -> None:
        for point in self._pending:
            if point.time <= end:
                self._measure = grow(self._measure, point)
        self._pending.clear()

    def _close(self, end: datetime) -> None:
        begin = self._begin
        self._take_in_until(end)
        if self.is_certain and begin is not None and self._measure is not None:
            is_alone = begin == end and self._is_after_silence
            self.trips.append(KeptTrip(begin, end, replace(self._measure, last=None, suspect=None), is_alone))
        self._measure = None
        super()._close(end)
