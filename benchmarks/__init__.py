"""Measurements, one file per question; `make bench` runs them all (README.md)."""
