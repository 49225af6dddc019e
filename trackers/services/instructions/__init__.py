"""Instructions to devices: given, carried, and what came of them."""
