"""That the archive cannot be read or written now."""

from __future__ import annotations

from django.db import OperationalError


class ArchiveUnavailable(OperationalError):
    """The archive is away, or what it has is not what it should have: told and handled as an outage of the database."""
