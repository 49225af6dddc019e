"""The Django admin of trackers and their devices; each module registers what it shows."""

from trackers.admin import sources, trackers

__all__ = ["sources", "trackers"]
