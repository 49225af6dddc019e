"""The notice of alerts: what one process tells the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from accounts.wire.notices import notice


class AlertPlace(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a tracker was when an alert was raised."""

    latitude: float
    longitude: float
    precision_m: float | None = None


class RaisedAlert(msgspec.Struct, frozen=True, omit_defaults=True):
    """An alert as it is stored, with all that it takes to write its entry (alerts §4.1)."""

    id: int
    tracker_id: int
    source_id: int
    event: str
    time: datetime
    received_at: datetime
    message: str
    """The rule's text, with the labels of zones; without the tracker's."""
    tracker_label: str
    rule_id: int | None = None
    private_to: int | None = None
    """The only user who sees it; None: all who see the tracker do."""
    place: AlertPlace | None = None
    is_emergency: bool = False
    is_pushed: bool = True
    extra: Mapping[str, Any] = {}
    """By the names of the API: zones, sensors, `last_known_location`."""


@notice("alerts_raised")
class AlertsRaised(msgspec.Struct, frozen=True):
    """Alerts of an account that were stored just now, in the order of their ids."""

    alerts: tuple[RaisedAlert, ...]
