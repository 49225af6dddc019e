"""Asks a server whether it speaks the Atmosphere protocol as its clients in the field need it."""
