"""What of a report is believed, by what is set for its source (api §6). Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec.structs import replace

from trackers.engine.counters import Place, distance_km, is_plausible
from trackers.engine.dating import Clock, date_fix
from trackers.engine.state import Gps
from trackers.reports.report import Fix, Report
from trackers.reports.values import is_number

# A receiver without a fix says 0, 0, give or take a rounding; no vehicle drives in the Gulf of Guinea.
ZERO_DEGREES = 1e-4
_METRES_PER_KM = 1000
TOTAL_DISTANCE = "totalDistance"
"""What Traccar calls the metres that it has counted itself."""


class Filters(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which fixes of a source are no positions. Their reports are stored all the same."""

    allows_zero: bool = False
    """Whether 0, 0 is a place."""
    max_precision_m: int | None = None
    """A fix that is less precise does not count."""
    max_speed_kmh: int | None = None
    """A fix that needs more speed than this has jumped, unless the next one agrees with it."""
    drops_duplicates: bool = False
    """Whether of two fixes of one time the first counts."""


class Interpretation(msgspec.Struct, frozen=True, omit_defaults=True):
    """How what a source tells is read."""

    clock: Clock = Clock()
    filters: Filters = Filters()
    speed_factor: float = 1.0
    """What makes km/h of a speed that was taken for knots."""
    takes_total_distance: bool = False
    """Whether the distance that a Traccar server counts is the device's odometer."""


AS_TOLD = Interpretation()


def interpret(report: Report, received_at: datetime, interpretation: Interpretation) -> Report:
    """The report in the units and by the clock of its source; the same object where it can stay as it is."""
    fix = report.fix
    if interpretation is AS_TOLD and (fix is None or fix.time is None):
        return report
    if fix is not None:
        if fix.time is not None and (time := date_fix(fix.time, received_at, interpretation.clock)) != fix.time:
            fix = replace(fix, time=time)
        if fix.has_assumed_unit and interpretation.speed_factor != 1 and fix.speed_kmh is not None:
            fix = replace(fix, speed_kmh=fix.speed_kmh * interpretation.speed_factor)
        if fix is not report.fix:
            report = replace(report, fix=fix)
    total_m = report.attributes.get(TOTAL_DISTANCE)
    if interpretation.takes_total_distance and is_number(total_m, low=0):
        report = replace(report, mileage_km=total_m / _METRES_PER_KM)
    return report


def believe(
    fix: Fix, time: datetime, gps: Gps | None, suspect: Place | None, filters: Filters
) -> tuple[Fix | None, Place | None]:
    """The fix of `time` if it is a position, else None; and the place of the last fix that seemed to have jumped."""
    if not fix.is_valid or (_is_zero(fix) and not filters.allows_zero):
        return None, suspect
    if filters.max_precision_m is not None and (fix.precision_m or 0) > filters.max_precision_m:
        return None, suspect
    if gps is None or time < gps.updated:
        return fix, suspect
    if filters.drops_duplicates and time == gps.updated:
        return None, suspect
    if filters.max_speed_kmh is None:
        return fix, None
    here = Place(time, fix.latitude, fix.longitude)
    known = [Place(gps.updated, gps.latitude, gps.longitude), *([suspect] if suspect else [])]
    if any(_can_follow(place, here, filters.max_speed_kmh) for place in known):
        return fix, None
    return None, here


def _is_zero(fix: Fix) -> bool:
    return abs(fix.latitude) < ZERO_DEGREES and abs(fix.longitude) < ZERO_DEGREES


def _can_follow(before: Place, after: Place, max_speed_kmh: int) -> bool:
    return is_plausible(before, after, distance_km(before, after), max_speed_kmh=max_speed_kmh)
