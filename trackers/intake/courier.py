"""Carries instructions to devices by way of an MQTT broker, and what they say of them back (records §13.4).

A reliable one goes with QoS 1, and again while the device says nothing; one that is not, goes once, with QoS 0.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from accounts.wire.errors import first_line
from trackers.engine.instructions import Carrier, InstructionStatus, next_copy_after
from trackers.intake.lanes import Lane, LaneStuck
from trackers.models import Instruction
from trackers.rendering.instructions import TOPIC, mqtt_message
from trackers.reports.acknowledgement import Acknowledgement
from trackers.services.instructions.carrying import UNKNOWN_FATE, Carriage, claim_next, put_down, settle

logger = logging.getLogger(__name__)

INTERVAL_S = 1.0
# Of the broker; shorter than what a claim lasts.
ACKNOWLEDGEMENT_TIMEOUT_S = 10.0
UNHEARD = "the device does not listen"
NO_CONNECTION = "there is no connection to the MQTT broker"


class Courier:
    """Sends what waits for devices, one message after the other, over a client that somebody else connects."""

    def __init__(self, client: Client, *, is_version_5: bool) -> None:
        self._client = client
        self._is_version_5 = is_version_5
        self._published: dict[int, asyncio.Future[Any]] = {}
        client.on_publish = self._note_published
        self._lane: Lane[Callable[[], Any], Any] = Lane(lambda work: work())
        self._turn = asyncio.Lock()

    async def run(self, stopping: asyncio.Event) -> None:
        """Sends until `stopping` is set; what is under way then is finished."""
        self._loop = asyncio.get_running_loop()
        while not stopping.is_set():
            try:
                await self._send_due(stopping)
            except (OperationalError, InterfaceError) as error:
                logger.warning("commands are sent later, the database does not answer: %s", first_line(error))
            except Exception:
                logger.exception("unexpected error in sending commands")
            try:
                await asyncio.wait_for(stopping.wait(), INTERVAL_S)
            except TimeoutError:
                continue

    async def settle(self, told: Acknowledgement, key: str | None) -> str | None:
        """Notes what a device says; why that is refused, or None. Raises what the database raises."""
        refusal: str | None = await self._ask(partial(settle, told, key, timezone.now()))
        return refusal

    def close(self) -> None:
        """Gives back thread and connection."""
        self._lane.leave()

    async def _send_due(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set() and self._client.is_connected():
            claimed: Instruction | None = await self._ask(partial(claim_next, Carrier.MQTT, timezone.now()))
            if claimed is None:
                return
            carriage = await self._send(claimed, timezone.now())
            await self._ask(partial(put_down, claimed, carriage, timezone.now()))

    async def _send(self, claimed: Instruction, now: datetime) -> Carriage:
        message = mqtt_message(claimed.pk, claimed.wanted, claimed.expires_at, is_repeated=claimed.copies > 0)
        sent = self._client.publish(
            f"{TOPIC}/{claimed.source.device_id}",
            message,
            qos=1 if claimed.is_reliable else 0,
            properties=self._until_next_copy(claimed, now),
        )
        if sent.rc != MQTT_ERR_SUCCESS:
            # paho keeps what has QoS 1 for the next connection: it may get out yet.
            is_kept = claimed.is_reliable
            return Carriage(
                InstructionStatus.FAILED if is_kept else InstructionStatus.WAITING,
                UNKNOWN_FATE if is_kept else NO_CONNECTION,
            )
        self._published[sent.mid] = self._loop.create_future()
        try:
            reason_code = await asyncio.wait_for(self._published[sent.mid], ACKNOWLEDGEMENT_TIMEOUT_S)
        except TimeoutError:
            return Carriage(InstructionStatus.FAILED, UNKNOWN_FATE)
        finally:
            del self._published[sent.mid]
        return _carriage_of(reason_code)

    def _until_next_copy(self, claimed: Instruction, now: datetime) -> Properties | None:
        """For how long the broker keeps it for a device that is away: until the next copy takes its place."""
        if not self._is_version_5:
            return None
        left = claimed.expires_at - now
        pause = next_copy_after(claimed.copies + 1) if claimed.may_be_repeated else None
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = max(1, int(min(left, pause or left).total_seconds()))
        return properties

    def _note_published(self, client: Client, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        """From paho's thread to ours."""
        self._loop.call_soon_threadsafe(self._resolve, mid, reason_code)

    def _resolve(self, mid: int, reason_code: Any) -> None:
        future = self._published.get(mid)
        if future is not None and not future.done():
            future.set_result(reason_code)

    async def _ask(self, work: Callable[[], Any]) -> Any:
        """What comes of work at the database, for which others wait. Raises what it raises."""
        async with self._turn:
            try:
                return await self._lane.do(work, timeout_s=settings.INGEST_TIMEOUT_S)
            except LaneStuck as stuck:
                # Its thread has the connection: nothing else can be asked before it comes back.
                await asyncio.wait([stuck.work])
                return stuck.work.result()


def _carriage_of(reason_code: Any) -> Carriage:
    """What the broker's word means; in version 3.1.1 it says nothing but that it has the message."""
    if reason_code.is_failure:
        return Carriage(InstructionStatus.WAITING, f"the MQTT broker refuses it: {reason_code}")
    if reason_code.getName() == "No matching subscribers":
        return Carriage(InstructionStatus.WAITING, UNHEARD)
    return Carriage(InstructionStatus.SENT)
