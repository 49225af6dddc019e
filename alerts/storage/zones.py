"""The zones of accounts as reports are judged by them: kept by each process, and read anew where they have changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from alerts.geometry import drawings
from alerts.geometry.drawings import Drawing, Point, ZoneShape
from alerts.geometry.index import ZoneIndex
from alerts.geometry.places import Place
from alerts.geometry.shapes import Shape
from alerts.models import Zone

# How many points, and as much for each zone, a process keeps at most, of accounts that were of use last: some 60 MB.
MAX_KEPT_POINTS = 500_000
_POINTS_OF_A_ZONE = 5


def shape_of(zone: Zone) -> Shape:
    """What of the map a zone is."""
    return drawings.shape_of(drawing_of(zone))


def drawing_of(zone: Zone) -> Drawing:
    """A zone as it was drawn."""
    center = None
    if zone.center_latitude is not None and zone.center_longitude is not None:
        center = Place(zone.center_latitude, zone.center_longitude)
    return Drawing(
        shape=ZoneShape(zone.shape),
        label=zone.label,
        radius_m=zone.radius_m,
        center=center,
        points=tuple(Point(Place(latitude, longitude), bool(is_node)) for latitude, longitude, is_node in zone.points),
        address=zone.address,
        color=zone.color,
        tags=tuple(zone.tags),
    )


def draw(zone: Zone, drawing: Drawing) -> None:
    """Makes the zone, which is still to be stored, what the drawing is."""
    zone.shape, zone.label, zone.address, zone.color = drawing.shape, drawing.label, drawing.address, drawing.color
    zone.radius_m, zone.tags = drawing.radius_m, list(drawing.tags)
    zone.center_latitude, zone.center_longitude = drawing.center or (None, None)
    zone.points = [[*point.place, int(point.is_node)] for point in drawing.points]
    zone.point_count = len(drawing.points)


@dataclass(frozen=True, slots=True)
class KnownZone:
    """A zone, ready to be judged by."""

    label: str
    shape: Shape
    revision: int
    points: int


@dataclass(frozen=True, slots=True)
class AccountZones:
    """All zones of an account, by id, and where they lie."""

    revision: int
    zones: Mapping[int, KnownZone]
    index: ZoneIndex

    @property
    def points(self) -> int:
        return sum(_POINTS_OF_A_ZONE + zone.points for zone in self.zones.values())


NO_ZONES = AccountZones(0, {}, ZoneIndex.of({}))


@dataclass(slots=True)
class _Kept:
    """What a process knows of accounts' zones; the one asked for last is the last."""

    accounts: OrderedDict[int, tuple[AccountZones, int]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, account_id: int) -> AccountZones:
        with self.lock:
            if account_id in self.accounts:
                self.accounts.move_to_end(account_id)
            return self.accounts.get(account_id, (NO_ZONES, 0))[0]

    def put(self, account_id: int, zones: AccountZones) -> None:
        with self.lock:
            self.accounts[account_id] = (zones, zones.points)
            self.accounts.move_to_end(account_id)
            while len(self.accounts) > 1 and sum(points for _, points in self.accounts.values()) > MAX_KEPT_POINTS:
                self.accounts.popitem(last=False)


_kept = _Kept()


def zones_of(account_ids: set[int]) -> dict[int, AccountZones]:
    """The zones of these accounts as they are stored now; one statement where nothing has changed."""
    revisions = _revisions_of(list(account_ids))
    return {account_id: _zones_at(account_id, revisions.get(account_id, 0)) for account_id in account_ids}


def _revisions_of(account_ids: Sequence[int]) -> dict[int, int]:
    # Asked with each report that comes alone: the ORM would take longer for it than for all rules together.
    places = ", ".join(["%s"] * len(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT account_id, revision FROM alerts_zoneset WHERE account_id IN ({places})", account_ids)
        return dict(cursor.fetchall())


def _zones_at(account_id: int, revision: int) -> AccountZones:
    kept = _kept.get(account_id)
    if kept.revision == revision or not revision:
        return kept if revision else NO_ZONES
    # A database that was put back to an older copy is believed.
    fresh = _read_changed(account_id, revision, kept if kept.revision < revision else NO_ZONES)
    _kept.put(account_id, fresh)
    return fresh


def _read_changed(account_id: int, revision: int, kept: AccountZones) -> AccountZones:
    """The zones of an account, of which only those are read whole that are not known as they are."""
    rows = Zone.objects.filter(account=account_id)
    stored = dict(rows.values_list("pk", "revision"))
    same = {pk: one for pk, one in kept.zones.items() if stored.get(pk) == one.revision}
    changed = rows.filter(revision__gt=kept.revision) if same else rows
    read = {zone.pk: KnownZone(zone.label, shape_of(zone), zone.revision, len(zone.points)) for zone in changed}
    zones = {**same, **read}
    return AccountZones(revision, zones, ZoneIndex.of({pk: one.shape for pk, one in zones.items()}))
