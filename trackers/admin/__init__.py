"""The Django admin of trackers and their devices; each module registers what it shows."""

from trackers.admin import history_terms, instructions, refusals, sources, trackers

__all__ = ["history_terms", "instructions", "refusals", "sources", "trackers"]
