"""The time zones that a user may choose from, with their offsets, as the tz database has them."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files

# Rules of summer time leave no half of a month to itself.
STEP = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class TimeZone:
    """A zone in a year."""

    zone_id: str
    description: str
    base_offset_h: float
    """Hours that its clocks are ahead of UTC outside summer time."""
    summer_offset_h: float
    """Hours that are added in summer; 0 where there is no summer time."""
    country_code: str | None
    """ISO 3166; None for UTC."""
    other_ids: tuple[str, ...]


@lru_cache(maxsize=2)
def time_zones(year: int) -> tuple[TimeZone, ...]:
    """UTC, and the zones of all countries by their names, as they are in that year."""
    countries = dict(_countries())
    others = _other_ids(countries)
    return tuple(_time_zone(name, year, countries.get(name), others[name]) for name in ("UTC", *sorted(countries)))


def _time_zone(name: str, year: int, country: str | None, others: list[str]) -> TimeZone:
    zone = zoneinfo.ZoneInfo(name)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC)
    moments = [moment.astimezone(zone) for moment in (*(begin + n * STEP for n in range((end - begin) // STEP)), end)]
    offsets = [_hours(moment.utcoffset()) for moment in moments]
    # A zone may have moved for good in that year without any summer time.
    has_summer = any(moment.dst() for moment in moments)
    base = min(offsets) if has_summer else offsets[-1]
    description = name.rpartition("/")[2].replace("_", " ")
    return TimeZone(name, description, base, max(offsets) - base if has_summer else 0.0, country, tuple(others))


def _hours(offset: timedelta | None) -> float:
    return (offset or timedelta()) / timedelta(hours=1)


def _countries() -> Iterator[tuple[str, str]]:
    """Each zone of the database's table for choosing from, with its country."""
    for line in _lines("zone.tab"):
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            yield name, country


def _other_ids(listed: Mapping[str, str]) -> Mapping[str, list[str]]:
    """For each zone the older names that mean the same and are not listed themselves."""
    others: defaultdict[str, list[str]] = defaultdict(list)
    for line in _lines("tzdata.zi"):
        if line.startswith("L "):
            _, target, name = line.split()
            if name not in listed:
                others["UTC" if target == "Etc/UTC" else target].append(name)
    others["UTC"].remove("UTC")
    return others


def _lines(name: str) -> list[str]:
    return files("tzdata.zoneinfo").joinpath(name).read_text().splitlines()
