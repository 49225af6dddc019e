"""When alert rules fire. Pure."""
