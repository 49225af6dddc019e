"""What one call may ask for, as far as clients are told of it beforehand (history §1.2). Pure."""

MAX_STATS_DAYS = 31
"""Of a period of statistics and readings."""
MAX_STATS_TRACKERS = 128
"""In one call of statistics."""
MAX_ENTRIES = 1_000
"""Of the history of events in one call."""
