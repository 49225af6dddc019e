"""The engine against a slow, obvious model: reports in any order, and time that passes between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import floor
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.strategies import EPOCH, FRESH, RULES
from trackers.engine.apply import apply_report, next_due, pass_time
from trackers.engine.due import ACTIVATION_TIMEOUT
from trackers.engine.last_reports import RECENT_REPORTS
from trackers.engine.record import Record
from trackers.engine.rules import Rules
from trackers.engine.state import ConnectionStatus, Gps
from trackers.engine.trips import MovementStatus, TripRules
from trackers.reports.report import Fix, Report

MOVING, STOPPED, PARKED = MovementStatus.MOVING, MovementStatus.STOPPED, MovementStatus.PARKED

speeds = st.sampled_from([None, 0.0, 2.9, 3.0, 50.0])


class Model:
    """Everything that was ever received; each answer is worked out anew from all of it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.reports: list[Report] = []
        self.contact_at: datetime | None = None

    def in_order(self) -> list[Report]:
        """By time; those of one time as they arrived first."""
        return sorted(self.reports, key=lambda report: report.time)

    def newest(self, part: str) -> tuple[object, datetime] | None:
        said = [(getattr(report, part), report.time) for report in self.in_order()]
        return next(((value, time) for value, time in reversed(said) if value is not None), None)

    def ignition(self) -> tuple[bool, datetime] | None:
        found: tuple[bool, datetime] | None = None
        for report in self.in_order():
            if report.ignition is not None and (found is None or found[0] is not report.ignition):
                found = report.ignition, report.time
        return found

    def connection(self, now: datetime) -> ConnectionStatus:
        if self.contact_at is None:
            is_new = now < FRESH.state.registered_at + ACTIVATION_TIMEOUT
            return ConnectionStatus.JUST_REGISTERED if is_new else ConnectionStatus.SIGNAL_LOST
        if now - self.contact_at >= self.rules.offline_timeout:
            return ConnectionStatus.OFFLINE
        newest = self.in_order()[-1].time
        has_fix = any(report.fix is not None for report in self.reports if report.time == newest)
        is_current = has_fix and now - newest < self.rules.idle_timeout
        return ConnectionStatus.ACTIVE if is_current else ConnectionStatus.IDLE

    def movement(self, now: datetime) -> tuple[MovementStatus, datetime | None]:
        trips = self.rules.trips
        status, since, standing_since, ignition = PARKED, None, None, None
        for report in self.in_order():
            if standing_since is not None and report.time >= standing_since + trips.parking_time:
                status, since, standing_since = PARKED, standing_since + trips.parking_time, None
            ignition = report.ignition if report.ignition is not None else ignition
            is_off = trips.ignition_aware and ignition is False
            speed = report.fix.speed_kmh if report.fix is not None else None
            if speed is None:
                if status is STOPPED and is_off:
                    status, since, standing_since = PARKED, report.time, None
            elif speed >= trips.idle_speed_kmh:
                if status is STOPPED or (status is PARKED and not is_off):
                    status, since = MOVING, report.time
                standing_since = None
            elif status is not PARKED and is_off:
                status, since, standing_since = PARKED, report.time, None
            elif status is MOVING:
                status, since, standing_since = STOPPED, report.time, report.time
        if standing_since is not None and self.contact_at is not None:
            parks_at = standing_since + trips.parking_time
            if parks_at <= now and parks_at < self.contact_at + self.rules.offline_timeout:
                return PARKED, parks_at
        return status, since


class Engine(RuleBasedStateMachine):
    """Never more reports than are remembered: beyond them the order of arrival may show."""

    def __init__(self) -> None:
        super().__init__()
        self.now = EPOCH
        self.record: Record = FRESH
        self.rules = RULES
        self.model = Model(RULES)
        self._number = 0

    @initialize(ignition_aware=st.booleans(), minutes=st.sampled_from([1, 5, 60]))
    def choose_rules(self, ignition_aware: bool, minutes: int) -> None:
        trips = TripRules(parking_time=timedelta(minutes=minutes), ignition_aware=ignition_aware)
        self.rules = replace(RULES, trips=trips)
        self.model = Model(self.rules)

    @precondition(lambda self: len(self.model.reports) < RECENT_REPORTS)
    @rule(
        age_s=st.sampled_from([0, 0, 60, 300]) | st.integers(0, 1200),
        speed=speeds,
        has_fix=st.booleans(),
        ignition=st.none() | st.booleans(),
        battery=st.none() | st.integers(0, 100),
        heading=st.none() | st.integers(0, 360),
        altitude=st.none() | st.integers(0, 900),
    )
    def report(
        self,
        age_s: int,
        speed: float | None,
        has_fix: bool,
        ignition: bool | None,
        battery: int | None,
        heading: int | None,
        altitude: int | None,
    ) -> None:
        time = self.now - timedelta(seconds=age_s)
        self._number += 1
        # Each is made somewhere else: no two reports are the same one.
        fix = Fix(52.5, 13.4 + self._number / 1000, speed, heading, altitude) if has_fix else None
        report = Report(
            "device", time, fix=fix, ignition=ignition, battery_percent=battery, attributes={"number": self._number}
        )
        self.model.reports.append(report)
        self._send(report)

    @precondition(lambda self: self.model.reports)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from(self.model.reports)))

    def _send(self, report: Report) -> None:
        self.model.contact_at = self.now
        self.record = apply_report(self.record, report, received_at=self.now, rules=self.rules).record

    @rule(seconds=st.sampled_from([1, 60, 299, 300, 301, 600]) | st.integers(1, 1800))
    def wait(self, seconds: int) -> None:
        """Housekeeping looks when something is due, and not before."""
        self.now += timedelta(seconds=seconds)
        while (due := next_due(self.record, self.rules)) is not None and due <= self.now:
            after = pass_time(self.record, now=self.now, rules=self.rules)
            assert after is not self.record
            self.record = after

    @invariant()
    def statuses_are_those_of_the_model(self) -> None:
        state = self.record.state
        assert state.connection_status is self.model.connection(self.now)
        assert (state.movement_status, state.movement_status_update) == self.model.movement(self.now)

    @invariant()
    def parts_are_those_of_the_model(self) -> None:
        state = self.record.state
        battery = None if state.battery_percent is None else (state.battery_percent, state.battery_update)
        assert battery == self.model.newest("battery_percent")
        assert (None if state.ignition is None else (state.ignition, state.ignition_update)) == self.model.ignition()
        assert shown_fix(state.gps) == told_fix(self.model.newest("fix"))
        times = [report.time for report in self.model.reports]
        assert state.last_update == max(times, default=None)


def shown_fix(gps: Gps | None) -> tuple[object, ...] | None:
    """All of a position that comes from a fix."""
    if gps is None:
        return None
    return gps.updated, gps.latitude, gps.longitude, gps.speed_kmh, gps.heading_degrees, gps.altitude_m


def told_fix(newest: tuple[Any, datetime] | None) -> tuple[object, ...] | None:
    """The same of what was told: one fix, as a whole."""
    if newest is None:
        return None
    fix, time = newest
    speed = None if fix.speed_kmh is None else floor(fix.speed_kmh + 0.5)
    return time, fix.latitude, fix.longitude, speed, fix.heading_degrees, fix.altitude_m


Engine.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestEngineAgainstTheModel = Engine.TestCase
