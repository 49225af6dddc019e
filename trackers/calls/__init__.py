"""The calls of the HTTP API about trackers, one file per resource."""
