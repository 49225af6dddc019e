"""What a browser does with the text it gets, done here."""

from __future__ import annotations


def read_frames_as_javascript(text: str) -> list[str]:
    """The messages in framed text: strings are counted and cut in UTF-16 code units, as JavaScript does."""
    units = text.encode("utf-16-le", "surrogatepass")
    messages = []
    while units:
        length, _, rest = units.partition("|".encode("utf-16-le"))
        size = 2 * int(length.decode("utf-16-le"))
        messages.append(rest[:size].decode("utf-16-le", "surrogatepass"))
        units = rest[size:]
    return messages
