"""The alerts app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts.services.history import count_alerts
        from alerts.services.judging import judge_changes
        from alerts.services.report_kinds import add_report_kinds
        from trackers.services.event_log import count_by
        from trackers.services.watching import watch_changes

        watch_changes(judge_changes)
        count_by(count_alerts)
        add_report_kinds()
