"""What the admin shows of events. Nothing of it is stored."""

from __future__ import annotations

from django.db import models


class ConnectedClient(models.Model):
    """Has no rows: a name for the page of connected clients, and for the rights to see it and to end clients."""

    class Meta:
        managed = False
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return "connected client"
