"""The alerts app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts.services.judging import judge_changes
        from alerts.services.report_kinds import add_report_kinds
        from trackers.services.watching import watch_changes

        watch_changes(judge_changes)
        add_report_kinds()
