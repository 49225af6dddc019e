"""The Django admin of trackers and their devices; each module registers what it shows."""

from trackers.admin import refusals, sources, trackers

__all__ = ["refusals", "sources", "trackers"]
