"""Shapes on the map, and what lies in them. Pure."""
