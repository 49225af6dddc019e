"""The Django admin of records; each module registers what it shows."""

from records.admin import records, reports, share_links

__all__ = ["records", "reports", "share_links"]
