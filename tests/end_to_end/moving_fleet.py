"""A fleet that moves, and what an application that subscribed to all of it must have heard."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from tests.described import check_message
from tests.end_to_end.browser import elsewhere
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from trackers.models import Tracker
from trackers.services.trackers import set_blocked

# What a frame is divided at, and a character that is one in Python, two in a browser and four bytes.
AWKWARD = "| 😀"

Outline = tuple[Any, ...]


class Fleet:
    """Trackers by number. No two messages of theirs are equal."""

    def __init__(self, server: Daphne, credential: str, trackers: Sequence[Tracker]) -> None:
        self._server = server
        self._credential = credential
        self._trackers = trackers
        self._notes: dict[int, str] = {}
        self._start = int(time.time()) - 60
        self._moves = 0
        self.told: list[Outline] = []
        """What has been said to a subscriber so far, in order."""

    def subscribe(self) -> dict[str, Any]:
        """The command that follows all trackers."""
        self.told.append(("response", "subscription/subscribe"))
        self._tell_states(range(len(self._trackers)))
        return self._command("subscribe", range(len(self._trackers)))

    def unsubscribe(self, number: int) -> dict[str, Any]:
        """The command that follows one tracker no longer."""
        self.told.append(("response", "subscription/unsubscribe"))
        return self._command("unsubscribe", [number])

    def move(self, *numbers: int) -> None:
        for number in numbers:
            self.move_unheard(number)
            self._tell_states([number])

    def move_unheard(self, number: int) -> None:
        """Moves a tracker that nobody follows any more."""
        self._moves += 1
        self._notes[number] = f"{self._moves} {AWKWARD}"
        position = {"lat": 40 + number, "lon": 19, "note": self._notes[number]}
        device_id = self._trackers[number].source.device_id
        assert report(self._server, device_id, self._start + self._moves, **position) == 200

    def block(self, number: int) -> None:
        elsewhere(set_blocked, self._trackers[number].source_id, is_blocked=True)
        self.told.append(("block", self._trackers[number].source_id))

    def unblock(self, number: int) -> None:
        elsewhere(set_blocked, self._trackers[number].source_id, is_blocked=False)
        self.told.append(("unblock", self._trackers[number].source_id))
        self._tell_states([number])

    def _tell_states(self, numbers: Iterable[int]) -> None:
        self.told += [("state", self._trackers[number].source_id, self._notes.get(number)) for number in numbers]

    def _command(self, action: str, numbers: Iterable[int]) -> dict[str, Any]:
        ids = [self._trackers[number].pk for number in numbers]
        return {"action": action, "hash": self._credential, "events": ["state"], "trackers": ids}


def outline(text: str) -> Outline:
    """What tells a message from all others; of what is no message, the text."""
    try:
        document = json.loads(text)
    except ValueError:
        return ("no message", text)
    check_message(document)
    match document:
        case {"type": "response", "action": action}:
            return ("response", action)
        case {"event": "state", "data": {"source_id": source_id, "additional": additional}}:
            return ("state", source_id, additional.get("note", {}).get("value"))
        case {"event": "lifecycle", "data": {"source_id": source_id, "lifecycle_event": event}}:
            return (event, source_id)
    return ("unexpected", text)
