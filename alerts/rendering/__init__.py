"""What clients read of zones, rules and alerts. Pure."""
