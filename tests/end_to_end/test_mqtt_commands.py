"""Commands to devices over MQTT: a real broker, the command that sends them, and a device that answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from accounts.models import User
from tests.api import Api
from tests.end_to_end.mosquitto import PROGRAM, PROTOCOLS, Mosquitto
from tests.end_to_end.servers import Broker, wait_until
from tests.end_to_end.test_mqtt import Command, running_command
from tests.trackers.instructions import bring_online, give, seen, set_times
from trackers.models import Instruction, Tracker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
]


class Device:
    """Subscribes to its commands, and keeps what came."""

    def __init__(self, mosquitto: Mosquitto, device_id: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self.lives: list[int] = []
        self._device_id = device_id
        self._is_subscribed = False
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=PROTOCOLS["5"])
        self._client.on_message = self._take
        self._client.on_subscribe = self._note
        self._client.connect("127.0.0.1", mosquitto.port)
        self._client.subscribe(f"commands/{device_id}", qos=1)
        self._client.loop_start()
        wait_until(lambda: self._is_subscribed, "the device's subscription")

    def answer(self, number: int, outcome: str = "done", **members: Any) -> None:
        document = {"id": number, "outcome": outcome, **members}
        self._client.publish(f"outcomes/{self._device_id}", json.dumps(document, ensure_ascii=False).encode(), 1)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, client: Client, userdata: Any, mid: int, reason_codes: Any, properties: Any) -> None:
        self._is_subscribed = True

    def _take(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        self.lives.append(getattr(message.properties, "MessageExpiryInterval", 0))
        self.messages.append(json.loads(message.payload))


@pytest.fixture(params=["5"])
def command(mosquitto: Mosquitto, broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Command]:
    with running_command(mosquitto.url, broker, tmp_path, request.param, MQTT_COMMANDS="1") as command:
        yield command


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker], settings: Any) -> Tracker:
    settings.MQTT_COMMANDS = True
    return bring_online(register(alice))


@pytest.fixture
def device(mosquitto: Mosquitto, van: Tracker) -> Iterator[Device]:
    device = Device(mosquitto, van.source.device_id)
    yield device
    device.leave()


@pytest.mark.records(76)
@pytest.mark.parametrize("command", ["3.1.1", "5"], indirect=True)
def test_device_gets_commands_and_its_answers_are_noted(
    api: Api, command: Command, van: Tracker, device: Device
) -> None:
    began = f"{timezone.now():%Y-%m-%dT%H:%M}"
    reliable = give(van, "Größe 检查 🚚")
    wait_until(lambda: len(device.messages) == 1, "the command")
    device.answer(reliable.pk, answer="schon groß")
    wait_until(lambda: seen(reliable) == ("done", 1), "the outcome")

    unreliable = give(van, "beep", is_reliable=False)
    output = api("tracker/output/set", tracker_id=van.pk, output=3, enable=True)["id"]
    wait_until(lambda: len(device.messages) == 3, "the other commands")
    device.answer(output, "failed", answer="no relay")
    wait_until(lambda: Instruction.objects.get(pk=output).status == "failed", "the outcome")

    for message in device.messages:
        assert message.pop("expires_at") > began
    assert device.messages == [
        {"id": reliable.pk, "type": "text", "command": "Größe 检查 🚚"},
        {"id": unreliable.pk, "type": "text", "command": "beep"},
        {"id": output, "type": "output", "outputs": {"3": True}},
    ]
    assert seen(unreliable) == ("sent", 1)
    assert Instruction.objects.get(pk=reliable.pk).answer == "schon groß"


@pytest.mark.records(76)
def test_killed_sender_loses_no_command_and_says_what_it_repeats(
    command: Command, mosquitto: Mosquitto, van: Tracker
) -> None:
    given = give(van)
    wait_until(lambda: Instruction.objects.get(pk=given.pk).reason == "the device does not listen", "an attempt")
    command.kill()
    # As if it had been killed with the command in its hands.
    set_times(given, claimed_until=timezone.now(), next_attempt_at=timezone.now())
    device = Device(mosquitto, van.source.device_id)
    command.start()
    wait_until(lambda: len(device.messages) == 1, "the command")
    assert (device.messages[0]["id"], device.messages[0]["repeated"]) == (given.pk, True)
    assert 0 < device.lives[0] <= 120
    device.answer(given.pk)
    wait_until(lambda: seen(given) == ("done", 2), "the outcome")
    device.leave()
    assert command.stop() == 0
