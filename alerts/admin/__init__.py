"""The Django admin of zones, rules and alerts; each module registers what it shows."""
