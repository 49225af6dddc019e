"""Every change of zones, rules and alerts, and who is told."""
