"""The Django admin of records; each module registers what it shows."""

from records.admin import records

__all__ = ["records"]
