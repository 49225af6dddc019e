"""Calls about the past of a tracker beside its tracks: files, readings, reports as they came, forgetting."""
