"""The calls of the HTTP API about users, one file per resource."""
