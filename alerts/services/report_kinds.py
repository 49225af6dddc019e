"""The kinds of reports that need zones or events (records §9.3)."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from alerts.engine.visits import visits_in
from alerts.geometry.index import ZoneIndex
from alerts.models import Alert
from alerts.rendering.reports import Happened, Visited, all_events, zone_visits
from alerts.services.history import kept_since
from alerts.services.zone_access import zones_seen_by
from alerts.storage.zones import AccountZones, zones_of
from records.rendering.reports.sheets import MAX_ROWS, Content
from records.services.reports.kinds import Asked, Kind, add_kind
from trackers.services.history import past_of

GEOFENCE_VISITS, ALL_EVENTS = 8, 11


def add_report_kinds() -> None:
    """Has reports on zones and events be made."""
    add_kind(GEOFENCE_VISITS, Kind("Geofence visits report", _visits, has_overview=True))
    add_kind(ALL_EVENTS, Kind("Report on all events", _events))


def _visits(asked: Asked) -> Content:
    zones = _zones_for(asked.user, asked.look.plugin["zone_ids"])
    past = past_of(asked.tracker.source, asked.period, asked.now)
    labels = {zone_id: zone.label for zone_id, zone in zones.zones.items()}
    return zone_visits(Visited(visits_in(past.points, zones), labels, past.is_cut), asked.look)


def _zones_for(user: User, zone_ids: list[int]) -> AccountZones:
    """The zones that a user sees, or those of them that are asked for."""
    known = zones_of({user.account_id})[user.account_id]
    wanted = set(zone_ids) or known.zones.keys()
    if user.master_id is not None:
        seen = zones_seen_by(user)
        wanted = wanted & (known.zones.keys() if seen.is_to_all else set(seen.bound.values_list("pk", flat=True)))
    if wanted >= known.zones.keys():
        return known
    chosen = {zone_id: zone for zone_id, zone in known.zones.items() if zone_id in wanted}
    index = ZoneIndex.of({zone_id: zone.shape for zone_id, zone in chosen.items()})
    return AccountZones(known.revision, chosen, index)


def _events(asked: Asked) -> Content:
    period, oldest = asked.period, kept_since(asked.now)
    since = max(filter(None, (period.since, period.shown_since, oldest)))
    found = Alert.objects.filter(tracker=asked.tracker, account=asked.user.account_id, time__lte=period.until)
    found = found.filter(Q(private_to=None) | Q(private_to=asked.user), time__gte=since)
    if types := asked.look.plugin["event_types"]:
        found = found.filter(event__in=types)
    entries = [_happened(one) for one in found.order_by("time", "pk")[: MAX_ROWS + 1]]
    return all_events(entries, asked.look, is_cut=since > period.since)


def _happened(alert: Alert) -> Happened:
    place = None
    if alert.latitude is not None and alert.longitude is not None:
        place = alert.latitude, alert.longitude
    return Happened(alert.event, alert.time, alert.message, place)
