"""States and readings as clients read them. Pure."""
