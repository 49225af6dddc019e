"""Instructions as devices, and the servers in front of them, are told (records §13). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from trackers.engine.instructions import InstructionKind, Wanted

TOPIC = "commands"
"""Of MQTT; below it each device has its own."""


def mqtt_message(number: int, wanted: Wanted, expires_at: datetime, *, is_repeated: bool) -> bytes:
    """What a device reads; `number` is what it tells one from another by."""
    document = {"id": number, "type": wanted.kind}
    if wanted.kind is InstructionKind.OUTPUTS:
        document["outputs"] = wanted.outputs
    else:
        document["command"] = wanted.body
    document["expires_at"] = f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"
    if is_repeated:
        document["repeated"] = True
    return msgspec.json.encode(document)


def traccar_command(device_number: int, wanted: Wanted) -> dict[str, Any]:
    """What a Traccar server is to send. It is not to keep it: its queue has no end."""
    kind, attributes = _of_traccar(wanted)
    attributes["noQueue"] = True
    return {"deviceId": device_number, "textChannel": False, "type": kind, "attributes": attributes}


def _of_traccar(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    if wanted.kind is not InstructionKind.OUTPUTS:
        return "custom", {"data": wanted.body}
    ((index, is_on),) = wanted.outputs.items()
    return "outputControl", {"index": int(index), "data": "1" if is_on else "0"}
