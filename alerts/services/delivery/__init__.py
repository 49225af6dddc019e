"""Alerts on their way to people and programs: what is due is claimed, tried and put down (alerts §6)."""
