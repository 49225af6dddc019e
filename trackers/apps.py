"""The trackers app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class TrackersConfig(AppConfig):
    name = "trackers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers what goes with a user who is removed.
        import trackers.services.trackers  # noqa: F401

        pre_migrate.connect(_take_time, sender=self)


def _take_time(using: str, **kwargs: Any) -> None:
    """A migration may go through a large table for longer than a statement of a server takes; a lock is waited for as
    ever, since everybody else would wait behind it."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
