"""The alerts app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers what goes before a user who is removed.
        import alerts.services.beginnings  # noqa: F401
        from alerts.services.history import count_alerts
        from alerts.services.judging import judge_changes
        from alerts.services.report_kinds import add_report_kinds
        from alerts.storage.marks import put_up_triggers, take_down_triggers
        from trackers.services.event_log import count_by
        from trackers.services.watching import watch_changes

        pre_migrate.connect(take_down_triggers, sender=self)
        post_migrate.connect(put_up_triggers, sender=self)
        watch_changes(judge_changes)
        count_by(count_alerts)
        add_report_kinds()
