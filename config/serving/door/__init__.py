"""The devices' door: the ways in alone, at a port of their own, by a server that costs half of daphne (decision 99)."""
