"""The records app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from records.services.geocoding import KnownAddresses
        from records.services.moves import let_go
        from records.services.tags import read_tracker_tags
        from trackers.services.addresses import look_up_in
        from trackers.services.tagging import read_tags_by
        from trackers.services.watching import watch_moves

        watch_moves(let_go)
        look_up_in(KnownAddresses())
        read_tags_by(read_tracker_tags)
