"""Every change of records."""
