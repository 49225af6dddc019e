"""The ways in for reports of devices."""
