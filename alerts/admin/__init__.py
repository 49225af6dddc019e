"""The Django admin of zones, rules and alerts; each module registers what it shows."""

from alerts.admin import deliveries, zones

__all__ = ["deliveries", "zones"]
