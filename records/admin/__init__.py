"""The Django admin of records; each module registers what it shows."""
