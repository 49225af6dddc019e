"""What is looked at before a command runs: `manage.py check` says it, and nothing starts where it is wrong."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from config.overlays import fault_of


class Config(AppConfig):
    name = "config"

    def ready(self) -> None:
        register(check_overlays)


def check_overlays(**options: Any) -> list[CheckMessage]:
    """Files are read here and not with the settings: once, and not by each process that serves."""
    found = [(overlay, fault_of(overlay)) for overlay in settings.MAP_OVERLAYS if overlay.file is not None]
    return [
        Error(f"MAP_OVERLAYS: {str(overlay.file)!r} cannot be drawn: {fault}", obj=overlay.name, id="fleetsphere.E001")
        for overlay, fault in found
        if fault
    ]
