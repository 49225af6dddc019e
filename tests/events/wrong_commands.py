"""Commands that need no database, and their answers."""

from __future__ import annotations

import json
from typing import Any

from events.protocol.messages import encode


def wrong_command(number: int) -> str:
    """A command that is refused without a look at the database; the answer tells its number."""
    return encode({"action": "fly", "number": number})


def answers(frames: list[str]) -> list[Any]:
    """The numbers of the commands that these frames answer."""
    return [json.loads(frame)["data"].get("number") for frame in frames]
