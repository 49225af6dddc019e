"""What the published clients do with the text they get (atmosphere §4): to read back what we write."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

DELIMITER = "|"


class LengthReader:
    """Reads messages behind their lengths as the legacy and the 5.x client do (atmosphere §4).

    Text is counted in UTF-16 code units; what is not complete is kept for the next chunk. A chunk without a
    delimiter while nothing is kept is taken for a message: whoever cuts text there breaks the rules.
    """

    def __init__(self) -> None:
        self._kept: list[str] = []

    def feed(self, chunk: str) -> list[str]:
        units = self._kept + utf16_units(chunk)
        messages = []
        if DELIMITER not in units:
            self._kept = []
            return [from_units(units)]
        while DELIMITER in units:
            start = units.index(DELIMITER) + 1
            end = start + int("".join(units[: start - 1]))
            if end > len(units):
                break
            messages.append(from_units(units[start:end]))
            units = units[end:]
        self._kept = units
        return messages


@dataclass
class EventSourceReader:
    """Reads server-sent events as browsers do: three kinds of line breaks, fields, comments, blank lines."""

    _line: str = ""
    _data: list[str] = field(default_factory=list)
    _is_after_return: bool = False

    def feed(self, chunk: str) -> list[str]:
        events = []
        for character in chunk:
            is_rest_of_break = character == "\n" and self._is_after_return
            self._is_after_return = character == "\r"
            if is_rest_of_break:
                continue
            if character not in "\r\n":
                self._line += character
            elif self._line:
                self._read_field()
            elif self._data:
                events.append("\n".join(self._data))
                self._data = []
        return events

    def _read_field(self) -> None:
        name, _, value = self._line.partition(":")
        self._line = ""
        if name == "data":
            self._data.append(value.removeprefix(" "))


def read_call(callback: str, script: str) -> str:
    """The text that a JSONP script hands to the client's function; its argument is JSON."""
    assert script.isascii()
    argument = script.removeprefix(f"{callback}(").removesuffix(");")
    assert len(argument) == len(script) - len(callback) - 3
    return json.loads(argument)["message"]


def read_handshake(text: str, *, tracks_size: bool) -> tuple[str, str, str]:
    """Id, interval and padding of a handshake, as the clients find them (atmosphere §2.3); nothing may follow."""
    parts = text.strip().split(DELIMITER)[int(tracks_size) :]
    tracking_id, interval, padding = parts[:3]
    assert parts[3:] == [""]
    return tracking_id.strip(), interval, padding


def decode(chunks: Iterable[bytes]) -> Iterable[str]:
    """The text of each chunk; a character that is cut comes with the next."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in chunks:
        yield decoder.decode(chunk)
    assert decoder.decode(b"", final=True) == ""


def utf16_units(text: str) -> list[str]:
    """The code units of a text, which is what JavaScript and Java count and cut, each as a character."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    return [chr(int.from_bytes(encoded[index : index + 2], "little")) for index in range(0, len(encoded), 2)]


def from_units(units: Iterable[str]) -> str:
    return "".join(units).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
