"""The types of events that a client can subscribe to."""
