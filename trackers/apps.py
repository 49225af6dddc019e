"""The trackers app."""

from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate


class TrackersConfig(AppConfig):
    name = "trackers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers what goes with a user who is removed.
        import trackers.services.trackers  # noqa: F401
        from trackers.storage.waits import bound_answers, mind_read_only, take_time

        connection_created.connect(bound_answers)
        connection_created.connect(mind_read_only)
        # Django keeps no more than a weak reference to a receiver.
        self._take_time = lambda using, **kwargs: take_time(connections[using])
        pre_migrate.connect(self._take_time, sender=self)
