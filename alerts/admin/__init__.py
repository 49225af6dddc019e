"""The Django admin of zones, rules and alerts; each module registers what it shows."""

from alerts.admin import alerts, deliveries, pushes, rules, zones

__all__ = ["alerts", "deliveries", "pushes", "rules", "zones"]
