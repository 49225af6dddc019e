"""The MQTT broker that devices publish to: how it is reached, and what is said while it cannot be."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from accounts.metrics.registry import gauge

logger = logging.getLogger(__name__)

KEEPALIVE_S = 30
LONGEST_RECONNECT_S = 30
# How long a broker keeps messages for us while we are away; brokers may set a shorter time.
SESSION_EXPIRY_S = 7 * 24 * 3600
# paho tries again after pauses of up to half a minute; the same reason is worth a line less often.
REPEAT_S = 60.0
SILENT_S = 10.0

_connected = gauge("mqtt_connected", "1 while the MQTT broker has let us subscribe.")


class TlsError(Exception):
    """A file of certificates or keys is none."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom to believe that it is the broker, and what to show it: names of PEM files, each of which may be empty."""

    ca_file: str = ""
    """Of the authorities that are believed, instead of those of the system."""
    certificate_file: str = ""
    """Ours, with whatever is between it and an authority that the broker believes."""
    key_file: str = ""
    """Its key, where that is not in the same file."""
    checks_name: bool = True
    """Whether the broker's certificate has to be for the host of the URL."""

    def context(self) -> ssl.SSLContext:
        """Raises TlsError."""
        with _naming(self.ca_file):
            context = ssl.create_default_context(cafile=self.ca_file or None)
        context.check_hostname = self.checks_name
        if self.certificate_file:
            with _naming(self.certificate_file):
                # An empty password: OpenSSL would ask for one at the terminal, and wait.
                context.load_cert_chain(self.certificate_file, self.key_file or None, password="")
        return context


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Says which file it was that could not be read."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise TlsError(f"{file}: {error.strerror or error if isinstance(error, OSError) else error}") from error


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to log in."""

    url: str
    """`mqtt://user:password@host:1883`, or `mqtts://` for TLS."""
    protocol: MQTTProtocolVersion
    client_id: str
    """By which the broker knows us again; two with the same id would throw each other out."""
    tls: Tls = Tls()

    @property
    def place(self) -> str:
        """Host and port, without name and password: for the log."""
        host, port = self._address
        return f"{host}:{port}"

    @property
    def _address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (8883 if parts.scheme == "mqtts" else 1883)

    def client(self) -> Client:
        """A client of it, not connected yet. Raises TlsError."""
        is_5 = self.protocol is MQTTProtocolVersion.MQTTv5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            # The broker keeps what comes while we are away; MQTT 5 says so on connecting.
            clean_session=None if is_5 else False,
            protocol=self.protocol,
            manual_ack=True,
        )
        parts = urlsplit(self.url)
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set_context(self.tls.context())
            client.tls_insecure_set(not self.tls.checks_name)
        client.reconnect_delay_set(max_delay=LONGEST_RECONNECT_S)
        return client

    def connect(self, client: Client) -> None:
        """Has the client connect as soon as its loop runs, and again whenever the connection ends."""
        host, port = self._address
        options: dict[str, Any] = {}
        if self.protocol is MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_EXPIRY_S
            options = {"clean_start": False, "properties": properties}
        client.connect_async(host, port, keepalive=KEEPALIVE_S, **options)


class Outage:
    """Says why there is no connection: at once, when the reason changes, and again once a minute.

    paho tells of it from a thread of its own.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._lock = Lock()
        self._is_connected = False
        self._reason: str | None = None
        self._say_at = monotonic() + SILENT_S

    def note_failure(self, reason: str) -> None:
        """A connection could not be made, or the broker wants none of ours."""
        _connected.set(0)
        with self._lock:
            now = monotonic()
            if reason != self._reason or now >= self._say_at:
                logger.warning("no connection to the MQTT broker at %s, trying again: %s", self._place, reason)
                self._reason, self._say_at = reason, now + REPEAT_S

    def note_silence(self) -> None:
        """To be called every few seconds: a broker that takes a connection and says nothing fails without a word."""
        with self._lock:
            is_due = not self._is_connected and self._reason is None and monotonic() >= self._say_at
        if is_due:
            self.note_failure("it does not answer")

    def begin(self) -> None:
        """A connection ended, or an attempt at one did, which changes nothing."""
        _connected.set(0)
        with self._lock:
            if self._is_connected:
                self._is_connected, self._reason, self._say_at = False, None, monotonic() + SILENT_S

    def end(self) -> None:
        """Messages can come."""
        _connected.set(1)
        with self._lock:
            self._is_connected, self._reason = True, None
