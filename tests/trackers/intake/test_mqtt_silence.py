"""Leaving an MQTT broker that says nothing; what it says otherwise is tested with a real one."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from trackers.intake import mqtt
from trackers.intake.mqtt import Intake
from trackers.intake.mqtt_broker import Broker

pytestmark = pytest.mark.django_db(transaction=True)


@asynccontextmanager
async def silent_broker() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A port that takes connections and says nothing, and whether one was made."""
    is_met, writers = asyncio.Event(), []

    def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        is_met.set()

    listener = await asyncio.start_server(meet, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1], is_met
    finally:
        listener.close()
        for writer in writers:
            writer.transport.abort()


# paho leaves the socket of a TLS handshake that broke off to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
async def test_a_silent_broker_keeps_nobody_from_leaving(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "STOP_S", 0.2)
    async with silent_broker() as (port, is_met):
        broker = Broker(f"{scheme}://127.0.0.1:{port}", MQTTProtocolVersion.MQTTv5, "fleetsphere")
        stopping = asyncio.Event()
        taking = asyncio.create_task(Intake(broker, max_bytes=1000).run(stopping))
        await asyncio.wait_for(is_met.wait(), 10)
        stopping.set()
        await asyncio.wait_for(taking, 5)
    for thread in threading.enumerate():
        if thread.name.startswith("paho"):
            await asyncio.to_thread(thread.join, 10)
    gc.collect()
