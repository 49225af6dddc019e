"""A real MQTT broker for tests, and a publisher as a device has it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.end_to_end.servers import wait_until
from tests.ports import free_port

# Debian puts it where only administrators look.
PROGRAM = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
PROTOCOLS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}
PUBLISH_TIMEOUT_S = 30


class Mosquitto:
    """Mosquitto on a port of its own, which asks nobody for a password unless it is told to."""

    def __init__(self, directory: Path, lines: str = "", *, anonymous: bool = True) -> None:
        """`lines`: more of its configuration."""
        self.port = free_port()
        self._lines = f"allow_anonymous {str(anonymous).lower()}\nmax_queued_messages 0\n{lines}"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def __enter__(self) -> Mosquitto:
        assert PROGRAM is not None
        settings = self._directory / "mosquitto.conf"
        settings.write_text(f"listener {self.port} 127.0.0.1\n{self._lines}")
        with (self._directory / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([PROGRAM, "-c", settings], stdout=log, stderr=log)
        wait_until(self._answers, "mosquitto")
        return self

    def __exit__(self, *exc_info: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def publish(self, messages: Sequence[tuple[str, bytes]], *, version: str = "5", qos: int = 1, **user: str) -> None:
        """Publishes payloads on topics, in order; with user properties in version 5."""
        client = Client(CallbackAPIVersion.VERSION2, protocol=PROTOCOLS[version])
        client.max_inflight_messages_set(100)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        sent = [client.publish(topic, payload, qos, properties=_properties(user)) for topic, payload in messages]
        for one in sent:
            one.wait_for_publish(PUBLISH_TIMEOUT_S)
            assert one.is_published()
        client.disconnect()
        client.loop_stop()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _properties(user: dict[str, str]) -> Any:
    if not user:
        return None
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = list(user.items())
    return properties
