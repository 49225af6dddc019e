"""The trackers app."""

from django.apps import AppConfig


class TrackersConfig(AppConfig):
    name = "trackers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers what goes with a user who is removed.
        import trackers.services.trackers  # noqa: F401
