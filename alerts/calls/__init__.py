"""What programs ask of zones, rules and alerts."""
