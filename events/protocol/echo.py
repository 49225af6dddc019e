"""What an error repeats of the message that it answers: all of a usual one, of a long one the beginnings (api §4.9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

# As they are written, escapes counted: a hundred tracker ids, or a sentence, and no burden when nobody fetches them.
MAX_ECHO_CHARACTERS = 4096
ELLIPSIS = "\u2026"
# Of a name or an item: quotes, colon, comma.
_AROUND = 4


def abridge(document: Mapping[str, Any], room: int = MAX_ECHO_CHARACTERS) -> tuple[dict[str, Any], bool]:
    """The document as far as it fits into so many characters of JSON, and whether anything is missing.

    Types stay: of a list the first items are left, of an object the first fields, and a text ends in an ellipsis.
    """
    abridger = _Abridger(room)
    return abridger.object(document), abridger.has_cut


class _Abridger:
    """Writes values down while there is room."""

    def __init__(self, room: int) -> None:
        self._room = room
        self.has_cut = False

    def object(self, document: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for name, value in document.items():
            if not self._take(_length(name[: self._room]) + _AROUND):
                break
            kept[name] = self._value(value)
        return kept

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return self._text(value)
            case dict():
                return self.object(value)
            case list():
                return self._list(value)
            case None:
                # What takes the place of values for which there is no room, so it cannot be missing.
                self._room = max(0, self._room - len("null"))
                return None
        return value if self._take(len(str(value))) else None

    def _list(self, items: list[Any]) -> list[Any]:
        kept = []
        for item in items:
            if not self._take(_AROUND):
                break
            kept.append(self._value(item))
        return kept

    def _text(self, text: str) -> str:
        if len(text) <= self._room and (length := _length(text)) <= self._room:
            self._room -= length
            return text
        lengths = accumulate(_length(character) for character in text[: self._room])
        count = sum(1 for length in lengths if length <= self._room)
        self.has_cut, self._room = True, 0
        return text[:count] + ELLIPSIS

    def _take(self, length: int) -> bool:
        """Whether there is room for so many characters, which they then take."""
        if length > self._room:
            self.has_cut, self._room = True, 0
            return False
        self._room -= length
        return True


def _length(text: str) -> int:
    """How many characters a text takes in a frame, without quotes (`messages.encode`)."""
    return len(json.dumps(text)) - 2 + 5 * text.count("|")
