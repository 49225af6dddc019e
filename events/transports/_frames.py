"""Frames: the bytes around text on a websocket and in a chunked response, made once for all who get the same text."""

from __future__ import annotations

import struct
from functools import lru_cache

_FINAL_TEXT_FRAME = 0x81
# A frame that goes to many clients is encoded for the first of them.
_KEPT_FRAMES = 256
# A longer one is an answer to a single client, or a batch: of these the last is kept.
_MAX_KEPT_CHARACTERS = 16_384
_MAX_LAST_CHARACTERS = 4 * 1024 * 1024


def text_frame(text: str) -> bytes:
    """An unmasked, unfragmented text frame of RFC 6455, section 5.2."""
    return _kept_text_frame(text) if len(text) <= _MAX_KEPT_CHARACTERS else _last_long_frame.encode(text)


def chunk(text: str) -> bytes:
    """A chunk of RFC 9112, section 7.1; the text must not be empty, as an empty chunk is the last."""
    return _kept_chunk(text) if len(text) <= _MAX_KEPT_CHARACTERS else encode_chunk(text)


def encode_text_frame(text: str) -> bytes:
    """An unmasked, unfragmented text frame of RFC 6455, section 5.2."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", _FINAL_TEXT_FRAME, size)
    elif size < 65536:
        header = struct.pack("!BBH", _FINAL_TEXT_FRAME, 126, size)
    else:
        header = struct.pack("!BBQ", _FINAL_TEXT_FRAME, 127, size)
    return header + payload


def encode_chunk(text: str) -> bytes:
    """A chunk of RFC 9112, section 7.1; the text must not be empty, as an empty chunk is the last."""
    payload = text.encode()
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class _LastFrame:
    """Frame of the text that was asked for last: a batch that goes to one viewer after the other."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._frame = b""

    def encode(self, text: str) -> bytes:
        """The frame of a text; kept for this very object, until another comes."""
        if text is self._text:
            return self._frame
        frame = encode_text_frame(text)
        if len(text) <= _MAX_LAST_CHARACTERS:
            self._text, self._frame = text, frame
        return frame


_last_long_frame = _LastFrame()
_kept_text_frame = lru_cache(maxsize=_KEPT_FRAMES)(encode_text_frame)
_kept_chunk = lru_cache(maxsize=_KEPT_FRAMES)(encode_chunk)
