"""What an account writes down: who drives what, and when the inspection is due."""
