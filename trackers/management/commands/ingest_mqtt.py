"""`manage.py ingest_mqtt`: reports that come by way of an MQTT broker."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from paho.mqtt.enums import MQTTProtocolVersion

from accounts.notices import current_publisher
from trackers.intake.mqtt import Broker, Intake

logger = logging.getLogger(__name__)

PROTOCOLS = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class Command(BaseCommand):
    help = "Stores what devices publish on the topics ngp/# of the broker at MQTT_URL, until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MQTT_URL:
            raise CommandError("MQTT_URL is not set; it names the broker")
        if not settings.REDIS_URL:
            logger.warning("without REDIS_URL other processes hear of no change; their clients see it on reload")
        broker = Broker(settings.MQTT_URL, PROTOCOLS[settings.MQTT_PROTOCOL], settings.MQTT_CLIENT_ID)
        asyncio.run(_take_in(Intake(broker, max_bytes=settings.INGEST_MAX_BYTES)))


async def _take_in(intake: Intake) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    current_publisher().start_ticking()
    await intake.run(stopping)
    await current_publisher().stop()
