"""Reports on fuel by a level sensor: what was filled in, taken out and used (records §9.3). Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from records.rendering.reports.sheets import Cell, Content, Look, Row, Table, cell, count_cell, km, raw_of
from trackers.engine.past import Point
from trackers.engine.tracks import Track, is_worth_listing

Level = tuple[datetime, float]
# A rise of less is the fuel's own movement; so is a fall, which has to be quicker than an engine drinks besides.
MIN_REFILL, MIN_REFILL_SHARE = 5.0, 0.03
MIN_DRAIN, MIN_DRAIN_SHARE = 10.0, 0.05
AT_ONCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Jump:
    """Fuel that was filled in, or taken out: from one level to another."""

    begin: Level
    end: Level

    @property
    def volume(self) -> float:
        """Below 0 where it was taken out."""
        return self.end[1] - self.begin[1]


@dataclass(frozen=True, slots=True)
class Tank:
    """What a fuel sensor read in a period, and where the tracker was at each jump."""

    name: str
    units: str
    levels: Sequence[Level]
    jumps: Sequence[tuple[Jump, Point | None]]


def steady(levels: Sequence[Level]) -> list[Level]:
    """The levels without single readings that stick out: each is the median of itself and its neighbours."""
    inner = [
        (one[0], sorted((before[1], one[1], after[1]))[1])
        for before, one, after in zip(levels, levels[1:], levels[2:], strict=False)
    ]
    return [*levels[:1], *inner, *levels[-1:]] if len(levels) > 1 else list(levels)


def jumps_of(levels: Sequence[Level], tracks: Sequence[Track]) -> list[Jump]:
    """All that was filled in or taken out, by time."""
    top = max((level for _, level in levels), default=0.0)
    found = _refills(levels, max(MIN_REFILL, top * MIN_REFILL_SHARE))
    found += _drains(levels, max(MIN_DRAIN, top * MIN_DRAIN_SHARE), tracks)
    return sorted(found, key=lambda jump: jump.begin[0])


def _refills(levels: Sequence[Level], least: float) -> list[Jump]:
    """From the lowest level before a rise to the highest that is reached without a pause."""
    found: list[Jump] = []
    low: Level | None = None
    high: Level | None = None
    for one in levels:
        if low is None or (high is None and one[1] <= low[1]):
            low = one
        elif high is None:
            high = one if one[1] - low[1] >= least else None
        elif one[1] > high[1]:
            high = one
        elif one[0] - high[0] > AT_ONCE or high[1] - one[1] >= least:
            found.append(Jump(low, high))
            low, high = one, None
    return [*found, Jump(low, high)] if low is not None and high is not None else found


def _drains(levels: Sequence[Level], least: float, tracks: Sequence[Track]) -> list[Jump]:
    """Falls that are quicker than an engine drinks, or that nobody drove through."""
    found: list[Jump] = []
    # The highest of the last minutes, and after it what is lower and later.
    recent: deque[Level] = deque()
    last: Level | None = None
    for one in levels:
        while recent and one[0] - recent[0][0] > AT_ONCE:
            recent.popleft()
        if not recent and last is not None and not _is_driven(last[0], one[0], tracks):
            recent.append(last)
        if recent and recent[0][1] - one[1] >= least:
            if not found or found[-1].end[0] < recent[0][0]:
                found.append(Jump(recent[0], one))
            elif one[1] < found[-1].end[1]:
                found[-1] = Jump(found[-1].begin, one)
        while recent and recent[-1][1] <= one[1]:
            recent.pop()
        recent.append(one)
        last = one
    return found


def _is_driven(begin: datetime, end: datetime, tracks: Sequence[Track]) -> bool:
    return any(track.start < end and track.end > begin for track in tracks)


@dataclass(frozen=True, slots=True)
class _Balance:
    """Where the fuel of some time went."""

    begin: float
    end: float
    refills: Sequence[Jump]
    drains: Sequence[Jump]
    length_km: float

    @property
    def filled(self) -> float:
        return sum(jump.volume for jump in self.refills)

    @property
    def drained(self) -> float:
        return -sum(jump.volume for jump in self.drains)

    @property
    def used(self) -> float:
        return self.begin + self.filled - self.drained - self.end


@dataclass(frozen=True, slots=True)
class Fuel:
    """What is known of the fuel of a tracker, and its trips."""

    tanks: Sequence[Tank]
    tracks: Sequence[Track]
    is_cut: bool


def fuel_volume(fuel: Fuel, look: Look) -> Content:
    """Plugin 10."""
    tracks = [one for one in fuel.tracks if not look.only_worthy or is_worth_listing(one)]
    parts: list[Table | dict[str, Cell] | str] = []
    summary: dict[str, Cell] = {}
    for tank in fuel.tanks:
        named = f" ({tank.name})" if len(fuel.tanks) > 1 else ""
        jumps = [(jump, point) for jump, point in tank.jumps if look.keeps(jump.begin[0])]
        rows = [(jump.begin[0], _jump_row(jump, point, look)) for jump, point in jumps]
        parts.append(Table(f"Refills and drains{named}", _jump_columns(tank.units), rows, lambda day: {}))
        if look.option("detailed_by_dates", default=True):
            parts.append(_by_day(f"Fuel by day{named}", tank, tracks, look))
        summary |= {f"{name}{named}": shown for name, shown in _summary(tank, tracks).items()}
    if not fuel.tanks:
        return Content([{}, "There is no fuel level sensor."], fuel.is_cut)
    return Content([*parts, summary], fuel.is_cut)


def _jump_columns(units: str) -> dict[str, str]:
    return {
        "what": "Event",
        "start": "Start",
        "end": "End",
        "before": f"Level before,\n{units}",
        "after": f"Level after,\n{units}",
        "volume": f"Volume,\n{units}",
    }


def _jump_row(jump: Jump, point: Point | None, look: Look) -> Row:
    return {
        "what": cell("Refill" if jump.volume > 0 else "Drain", round(jump.volume, 1)),
        "start": look.moment(jump.begin[0], point),
        "end": look.moment(jump.end[0], point),
        "before": _volume(jump.begin[1]),
        "after": _volume(jump.end[1]),
        "volume": _volume(abs(jump.volume)),
    }


def _volume(volume: float) -> Cell:
    return cell(f"{volume:.1f}", round(volume, 1))


def _by_day(header: str, tank: Tank, tracks: Sequence[Track], look: Look) -> Table:
    columns = {
        "date": "Date",
        "begin": f"At the beginning,\n{tank.units}",
        "filled": f"Refilled,\n{tank.units}",
        "drained": f"Drained,\n{tank.units}",
        "used": f"Consumed,\n{tank.units}",
        "left": f"At the end,\n{tank.units}",
        "length": "Mileage,\nkm",
    }
    rows = [_day_row(begin, balance, look) for begin, balance in _balances(tank, tracks, look)]
    return Table(header, columns, rows, _days_total, is_by_day=False)


def _balances(tank: Tank, tracks: Sequence[Track], look: Look) -> Iterator[tuple[datetime, _Balance]]:
    """The balance of each local day of which there are readings; one begins with the last level of the one before."""
    begin: float | None = None
    for day, group in groupby(tank.levels, key=lambda one: look.day_of(one[0])):
        levels = [level for _, level in group]
        first = levels[0] if begin is None else begin
        jumps = [jump for jump, _ in tank.jumps if look.day_of(jump.end[0]) == day]
        driven = [track for track in tracks if look.day_of(track.start) == day]
        yield datetime(day.year, day.month, day.day, tzinfo=look.zone), _balance(first, levels[-1], jumps, driven)
        begin = levels[-1]


def _balance(begin: float, end: float, jumps: Iterable[Jump], tracks: Iterable[Track]) -> _Balance:
    both = list(jumps)
    return _Balance(
        begin,
        end,
        [jump for jump in both if jump.volume > 0],
        [jump for jump in both if jump.volume < 0],
        sum(round(track.length_km, 2) for track in tracks),
    )


def _day_row(begin: datetime, balance: _Balance, look: Look) -> tuple[datetime, Row]:
    row = {
        "date": cell(begin.date().isoformat(), round(begin.timestamp() * 1000)),
        "begin": _volume(balance.begin),
        "filled": _volume(balance.filled),
        "drained": _volume(balance.drained),
        "used": _volume(balance.used),
        "left": _volume(balance.end),
        "length": km(balance.length_km),
    }
    return begin, row


def _days_total(rows: Sequence[Row]) -> Row:
    total = {field: _volume(sum(raw_of(rows, field))) for field in ("filled", "drained", "used")}
    return total | {"length": km(sum(raw_of(rows, "length")))}


def _summary(tank: Tank, tracks: Sequence[Track]) -> dict[str, Cell]:
    if not tank.levels:
        return {}
    jumps = [jump for jump, _ in tank.jumps]
    balance, units = _balance(tank.levels[0][1], tank.levels[-1][1], jumps, tracks), tank.units
    summary = {
        f"Level at the beginning, {units}": _volume(balance.begin),
        f"Level at the end, {units}": _volume(balance.end),
        "Refills": count_cell(len(balance.refills)),
        f"Refilled, {units}": _volume(balance.filled),
        "Drains": count_cell(len(balance.drains)),
        f"Drained, {units}": _volume(balance.drained),
        f"Consumed, {units}": _volume(balance.used),
        "Mileage, km": km(balance.length_km),
    }
    if balance.length_km:
        summary[f"Consumption, {units}/100 km"] = _volume(balance.used * 100 / balance.length_km)
    return summary
