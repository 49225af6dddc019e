"""`manage.py ingest_mqtt`: reports that come, and commands that go, by way of an MQTT broker."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from paho.mqtt.enums import MQTTProtocolVersion

from accounts.metrics.processes import sharing
from accounts.metrics.registry import collect_from
from accounts.notices import start_ticking, stop_publishing
from trackers.intake.metrics import IntakeCollector
from trackers.intake.mqtt import Intake
from trackers.intake.mqtt_broker import Broker, Tls, TlsError

logger = logging.getLogger(__name__)

PROTOCOLS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class Command(BaseCommand):
    help = (
        "Stores what devices publish on the topics ngp/# of the broker at MQTT_URL, until it is stopped. With"
        " MQTT_COMMANDS it sends them their commands as well."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MQTT_URL:
            raise CommandError("MQTT_URL is not set; it names the broker")
        if not settings.REDIS_URL:
            logger.warning("without REDIS_URL other processes hear of no change; their clients see it on reload")
        try:
            intake = Intake(
                _broker(),
                max_bytes=settings.INGEST_MAX_BYTES,
                sends_commands=settings.MQTT_COMMANDS,
                share=settings.MQTT_SHARE,
            )
        except TlsError as error:
            raise CommandError(f"the MQTT broker cannot be spoken to over TLS: {error}") from error
        asyncio.run(_take_in(intake))


def _broker() -> Broker:
    """The broker of the settings."""
    tls = Tls(
        settings.MQTT_CA_FILE, settings.MQTT_CERT_FILE, settings.MQTT_KEY_FILE, checks_name=settings.MQTT_CHECK_HOSTNAME
    )
    return Broker(settings.MQTT_URL, PROTOCOLS[settings.MQTT_PROTOCOL], settings.MQTT_CLIENT_ID, tls)


async def _take_in(intake: Intake) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    start_ticking()
    collect_from(IntakeCollector())
    sharing.start("ingest_mqtt")
    await intake.run(stopping)
    await sharing.stop()
    await stop_publishing()
