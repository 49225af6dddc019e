"""What the demo account is told of: two zones of the imagined city, and rules about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.models import User
from accounts.selectors import Principal, principal_for_hash
from accounts.services.sessions import create_session, log_out
from alerts.geometry.drawings import Drawing, ZoneShape
from alerts.geometry.places import Place
from alerts.models import AlertRule
from alerts.services.rules import RuleDraft, create_rule
from alerts.services.zones import create_zones
from trackers.models import Tracker
from trackers.simulation.city import geographic
from trackers.simulation.roads import Point

WATCHED = 12
"""Vehicles; more would fill the list of alerts faster than anybody reads."""
_DEPOT, _MARKET = Point(-1500, -900), Point(0, 0)
_TOP_SPEED_KMH = 65


@transaction.atomic
def complete_alerts(account: User) -> bool:
    """Draws zones and makes rules about the account's first vehicles, unless it has rules; whether it did."""
    if AlertRule.objects.filter(account=account).exists():
        return False
    watched = Tracker.objects.filter(account=account).order_by("pk").values_list("pk", flat=True)[:WATCHED]
    with _login_of(account) as principal:
        for draft in _drafts(_draw_zones(account), tuple(watched)):
            create_rule(principal, draft)
    return True


@contextmanager
def _login_of(account: User) -> Iterator[Principal]:
    """Rules are made by somebody who is logged in."""
    principal = principal_for_hash(create_session(account))
    yield principal
    log_out(principal)


def _draw_zones(account: User) -> list[int]:
    depot = Drawing(ZoneShape.CIRCLE, "Depot", radius_m=350, center=Place(*geographic(_DEPOT)), color="1E88E5")
    market = Drawing(ZoneShape.CIRCLE, "Market", radius_m=500, center=Place(*geographic(_MARKET)), color="FB8C00")
    return create_zones(account.pk, [depot, market], maker_id=account.pk)


def _drafts(zone_ids: list[int], tracker_ids: tuple[int, ...]) -> Iterator[RuleDraft]:
    yield RuleDraft(
        "inoutzone",
        "Depot and market",
        primary_text="has come",
        secondary_text="has left",
        zone_ids=tuple(zone_ids),
        tracker_ids=tracker_ids,
    )
    yield RuleDraft(
        "speedup",
        f"Faster than {_TOP_SPEED_KMH} km/h",
        primary_text="drives too fast",
        secondary_text="drives as it should again",
        param=_TOP_SPEED_KMH,
        is_emergency=True,
        tracker_ids=tracker_ids,
    )
