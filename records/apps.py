"""The records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from records.services.geocoding import KnownAddresses
        from records.services.moves import let_go
        from trackers.services.addresses import look_up_in
        from trackers.services.watching import watch_moves

        watch_moves(let_go)
        look_up_in(KnownAddresses())
