"""Every change of trackers, sources and states, and who must hear of it."""
