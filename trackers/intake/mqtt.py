"""The generic protocol and OwnTracks over MQTT (api §6.1, §6.4): messages from a broker, stored together as those over
HTTP are; and what devices say to the commands that they are sent there.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from threading import Thread
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTProtocolVersion

from accounts.wire.errors import first_line
from trackers.engine.instructions import MAX_ANSWER
from trackers.intake.batching import Overloaded, current_batcher
from trackers.intake.courier import Courier
from trackers.intake.left_out import left_out
from trackers.intake.metrics import BY_MQTT, count_failed, count_message
from trackers.intake.mqtt_broker import Broker, Outage
from trackers.intake.refusals import BY_BROKER, current_writer, refusals
from trackers.reports import acknowledgement, owntracks
from trackers.reports.acknowledgement import parse_acknowledgement
from trackers.reports.ngp import parse_message
from trackers.reports.outcome import Outcome
from trackers.reports.refusal import refusal_of
from trackers.reports.report import Report, ReportError
from trackers.services.ingestion import Delivery

logger = logging.getLogger(__name__)

TOPICS = ("ngp", owntracks.TOPIC)
KEY_PROPERTY = "key"
# A broker that takes the connection and says nothing to TLS is waited for as long as one that is silent later.
STOP_S = 5.0
RETRY_S = 1.0
WATCH_S = 1.0
# A broker that floods with QoS 0, for which there is no flow control, must not fill the memory.
MAX_MESSAGES = 50_000
REFUSALS_LOG_S = 60.0


def topic_filters(topics: Iterable[str], share: str) -> list[str]:
    """What is subscribed to; of those with the same share each message goes to one."""
    return [f"$share/{share}/{topic}/#" if share else f"{topic}/#" for topic in topics]


class Intake:
    """Takes messages from a broker until told to stop. QoS 1 is acknowledged once the report is stored, or refused."""

    def __init__(self, broker: Broker, *, max_bytes: int, sends_commands: bool = False, share: str = "") -> None:
        """Raises TlsError.

        `sends_commands`: devices are sent commands over the same connection. `share`: the name under which several
        processes share the messages.
        """
        self._broker = broker
        self._max_bytes = max_bytes
        self._client = broker.client()
        is_version_5 = broker.protocol is MQTTProtocolVersion.MQTTv5
        # Where commands were sent before, a broker may still bring what devices say to them.
        self._courier = Courier(self._client, is_version_5=is_version_5)
        self._sends_commands = sends_commands
        self._topics = (*TOPICS, acknowledgement.TOPIC) if sends_commands else TOPICS
        self._filters = topic_filters(self._topics, share)
        self._outage = Outage(broker.place)
        self._client.on_connect = self._note_connect
        self._client.on_connect_fail = self._note_failure
        self._client.on_subscribe = self._note_subscribe
        self._client.on_disconnect = self._note_disconnect
        self._client.on_message = self._hand_over
        # Message ids mean nothing in another connection.
        self._connection = 0
        self._taking: set[asyncio.Task[None]] = set()
        self._refusals = Refusals()

    async def run(self, stopping: asyncio.Event) -> None:
        """Takes messages until `stopping` is set; what is not stored then was not acknowledged."""
        self._loop = asyncio.get_running_loop()
        self._broker.connect(self._client)
        self._client.loop_start()
        sending = asyncio.create_task(self._courier.run(stopping)) if self._sends_commands else None
        while not stopping.is_set():
            self._outage.note_silence()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), WATCH_S)
        if sending is not None:
            await asyncio.wait([sending], timeout=STOP_S)
            self._taking.add(sending)
        await self._leave()
        for task in self._taking:
            task.cancel()
        await asyncio.gather(*self._taking, return_exceptions=True)
        self._courier.close()
        await current_batcher().close()
        await current_writer().close()

    async def _leave(self) -> None:
        """Ends the connection. paho's thread may be in the middle of opening one, and is then not waited for."""
        self._client.disconnect()
        stopping = Thread(target=self._client.loop_stop, name="leaving the MQTT broker", daemon=True)
        stopping.start()
        await asyncio.to_thread(stopping.join, STOP_S)

    def _note_connect(self, client: Client, userdata: Any, flags: Any, reason_code: Any, properties: Any) -> None:
        if reason_code.is_failure:
            self._outage.note_failure(f"it refuses us: {reason_code}")
            return
        client.subscribe([(one, 1) for one in self._filters])

    def _note_failure(self, client: Client, userdata: Any) -> None:
        # paho calls it while it handles what went wrong, and does not say what that is.
        error = sys.exception()
        self._outage.note_failure(first_line(error) if error else "unknown reason")

    def _note_subscribe(self, client: Client, userdata: Any, mid: int, reason_codes: Any, properties: Any) -> None:
        refused = [topic for topic, code in zip(self._topics, reason_codes, strict=False) if code.is_failure]
        if len(refused) == len(self._topics):
            self._outage.note_failure(f"it lets us hear nothing: {reason_codes[0]}")
        else:
            self._outage.end()
            logger.info("connected to the MQTT broker%s", f", without {', '.join(refused)}" if refused else "")

    def _note_disconnect(self, client: Client, userdata: Any, flags: Any, reason_code: Any, properties: Any) -> None:
        self._connection += 1
        self._outage.begin()
        logger.info("disconnected from the MQTT broker: %s", reason_code)

    def _hand_over(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        """From paho's thread to ours."""
        self._loop.call_soon_threadsafe(self._begin, message, self._connection)

    def _begin(self, message: MQTTMessage, connection: int) -> None:
        if len(self._taking) >= MAX_MESSAGES and message.qos == 0:
            self._refusals.note("too many wait to be stored")
            return
        task = asyncio.create_task(self._take(message, connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _take(self, message: MQTTMessage, connection: int) -> None:
        is_report = _way_of(message) != acknowledgement.TOPIC
        if (reason := await (self._store(message) if is_report else self._settle(message))) is not None:
            self._refusals.note(reason)
        if connection == self._connection:
            self._client.ack(message.mid, message.qos)

    async def _store(self, message: MQTTMessage) -> str | None:
        """Why the message was not stored; None when it was. With QoS 1 it is tried until the database answers."""
        try:
            report, key = read_message(message, max_bytes=self._max_bytes, now=timezone.now())
        except ReportError as error:
            count_message(_way_of(message), error, None, timezone.now())
            _note_refusal(message, str(error))
            return str(error)
        if report is None:
            return None
        delivery = Delivery([report], timezone.now(), key)
        while True:
            try:
                (outcome,) = await current_batcher().store(delivery)
            except (Overloaded, OperationalError, InterfaceError) as error:
                logger.warning("reports could not be stored: %s", first_line(error))
                count_failed(BY_MQTT[_way_of(message)], HTTPStatus.SERVICE_UNAVAILABLE)
                if message.qos == 0:
                    return f"could not be stored: {error!r}"
                await asyncio.sleep(RETRY_S)
            except Exception:
                logger.exception("unexpected error in a message of MQTT")
                return "unexpected error"
            else:
                left_out.note(_way_of(message), [report], delivery.received_at)
                count_message(_way_of(message), report, outcome, delivery.received_at)
                if outcome is Outcome.STORED:
                    return None
                _note_refusal(message, outcome)
                return str(outcome)

    async def _settle(self, message: MQTTMessage) -> str | None:
        """Why what a device says to a command is refused; None when it is noted. With QoS 1 it is tried until it is."""
        device_id, key = _device_and_key(message)
        try:
            told = parse_acknowledgement(bytes(message.payload), device_id, most_characters=MAX_ANSWER)
        except ReportError as error:
            _note_refusal(message, str(error))
            return str(error)
        while True:
            try:
                refusal = await self._courier.settle(told, key)
            except (OperationalError, InterfaceError) as error:
                logger.warning("the outcome of a command could not be noted: %s", first_line(error))
                if message.qos == 0:
                    return f"could not be noted: {error!r}"
                await asyncio.sleep(RETRY_S)
            except Exception:
                logger.exception("unexpected error in a message of MQTT")
                return "unexpected error"
            else:
                if refusal is not None:
                    _note_refusal(message, refusal)
                return refusal


class Refusals:
    """Counts refused messages, whose senders are told nothing, and logs them once a minute at most."""

    def __init__(self) -> None:
        self._count = 0
        self._log_at = 0.0

    def note(self, reason: str) -> None:
        """Counts one. It is logged with the number of those since the last line."""
        self._count += 1
        now = asyncio.get_running_loop().time()
        if now >= self._log_at:
            logger.info("%s messages of MQTT refused, the last one: %s", self._count, reason)
            self._count, self._log_at = 0, now + REFUSALS_LOG_S


def _way_of(message: MQTTMessage) -> str:
    return message.topic.partition("/")[0]


def _note_refusal(message: MQTTMessage, reason: str) -> None:
    device_id, _ = _device_and_key(message)
    refusals.note(refusal_of(_way_of(message), BY_BROKER, device_id, reason), timezone.now())
    current_writer().start()


def read_message(message: MQTTMessage, *, max_bytes: int, now: datetime) -> tuple[Report | None, str | None]:
    """The report in a message on `ngp/DEVICE_ID`, `ngp/DEVICE_ID/KEY` or `owntracks/USER/DEVICE_ID`, and its key.

    None for what the OwnTracks app says beside places. A key may be a user property of MQTT 5 as well. The broker
    decides who may publish on which topic, so the topic says whose message it is. Raises ReportError.
    """
    if len(message.payload) > max_bytes:
        raise ReportError("body", f"is longer than {max_bytes} bytes")
    device_id, key = _device_and_key(message)
    if _way_of(message) == owntracks.TOPIC:
        return owntracks.parse_message(bytes(message.payload), device_id, now=now), key
    report = parse_message(bytes(message.payload))
    if device_id != report.device_id:
        raise ReportError("device_id", "is another one than in the topic")
    return report, key


def _device_and_key(message: MQTTMessage) -> tuple[str, str | None]:
    """Whose message it is, by its topic, and the ingest key that came along."""
    properties = dict(getattr(message.properties, "UserProperty", []))
    if _way_of(message) == owntracks.TOPIC:
        return owntracks.device_of_topic(message.topic), properties.get(KEY_PROPERTY)
    device_id, _, key = message.topic.partition("/")[2].partition("/")
    return device_id, properties.get(KEY_PROPERTY) or key or None
