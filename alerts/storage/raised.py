"""Alerts as they are told, of the rows in which they are stored."""

from __future__ import annotations

from alerts.engine.notices import AlertPlace, RaisedAlert
from alerts.models import Alert


def raised_alert(alert: Alert, source_id: int, label: str) -> RaisedAlert:
    """An alert as others than the database know it; `label` is its tracker's."""
    place = None
    if alert.latitude is not None and alert.longitude is not None:
        place = AlertPlace(alert.latitude, alert.longitude, alert.precision_m)
    return RaisedAlert(
        id=alert.pk,
        tracker_id=alert.tracker_id,
        source_id=source_id,
        event=alert.event,
        time=alert.time,
        received_at=alert.received_at,
        message=alert.message,
        tracker_label=label,
        rule_id=alert.rule_id,
        private_to=alert.private_to_id,
        place=place,
        is_emergency=alert.is_emergency,
        is_pushed=alert.is_pushed,
        extra=alert.extra,
    )
