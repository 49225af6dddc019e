"""One client: what it is known by, what it follows, what waits for it."""
