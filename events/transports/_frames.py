"""Frames: the bytes around text on a websocket and in a chunked response, made once for all who get the same text."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

PING = b"\x89\x00"
"""A frame that is to be answered by a pong, with nothing in it."""
# The answer, but for the mask: clients have to send one, whatever it hides.
_BARE_PONG = b"\x8a\x80"
_BARE_PONG_BYTES = 6
_FINAL_TEXT_FRAME = 0x81
_DEFLATED = 0x40
# Shorter text gets hardly shorter.
_LEAST_TO_DEFLATE = 200
# The fastest, for a twentieth more bytes: it takes a tenth of what writing the states does.
_DEFLATE_LEVEL = 1
# What ends each message, and is not sent (RFC 7692, section 7.2.1).
_DEFLATE_TAIL = b"\x00\x00\xff\xff"
# A frame that goes to many clients is encoded for the first of them.
_KEPT_FRAMES = 256
# A longer one is an answer to a single client, or a batch: of these the last is kept.
_MAX_KEPT_CHARACTERS = 16_384
_MAX_LAST_CHARACTERS = 4 * 1024 * 1024


def text_frame(text: str) -> bytes:
    """An unmasked, unfragmented text frame of RFC 6455, section 5.2."""
    return _kept_text_frame(text) if len(text) <= _MAX_KEPT_CHARACTERS else _last_long_frame.encode(text)


def deflated_frame(text: str) -> bytes:
    """The same for a client that reads compressed text (RFC 7692), compressed where that pays."""
    if len(text) < _LEAST_TO_DEFLATE:
        return text_frame(text)
    return _kept_deflated_frame(text) if len(text) <= _MAX_KEPT_CHARACTERS else _last_long_deflated_frame.encode(text)


def chunk(text: str) -> bytes:
    """A chunk of RFC 9112, section 7.1; the text must not be empty, as an empty chunk is the last."""
    return _kept_chunk(text) if len(text) <= _MAX_KEPT_CHARACTERS else encode_chunk(text)


def encode_text_frame(text: str) -> bytes:
    """An unmasked, unfragmented text frame of RFC 6455, section 5.2."""
    return _frame(_FINAL_TEXT_FRAME, text.encode())


def encode_deflated_frame(text: str) -> bytes:
    """The same, compressed by itself: it is read without any that came before (RFC 7692, section 7.2.1)."""
    deflate = zlib.compressobj(_DEFLATE_LEVEL, wbits=-zlib.MAX_WBITS)
    payload = deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return _frame(_FINAL_TEXT_FRAME | _DEFLATED, payload.removesuffix(_DEFLATE_TAIL))


def is_bare_pong(data: bytes) -> bool:
    """Whether this is the frame with which a client answers `PING`, and no more."""
    return len(data) == _BARE_PONG_BYTES and data.startswith(_BARE_PONG)


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", kind, size)
    elif size < 65536:
        header = struct.pack("!BBH", kind, 126, size)
    else:
        header = struct.pack("!BBQ", kind, 127, size)
    return header + payload


def encode_chunk(text: str) -> bytes:
    """A chunk of RFC 9112, section 7.1; the text must not be empty, as an empty chunk is the last."""
    payload = text.encode()
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class _LastFrame:
    """Frame of the text that was asked for last: a batch that goes to one viewer after the other."""

    def __init__(self, encode: Callable[[str], bytes]) -> None:
        self._encode = encode
        self._text: str | None = None
        self._frame = b""

    def encode(self, text: str) -> bytes:
        """The frame of a text; kept for this very object, until another comes."""
        if text is self._text:
            return self._frame
        frame = self._encode(text)
        if len(text) <= _MAX_LAST_CHARACTERS:
            self._text, self._frame = text, frame
        return frame


_last_long_frame = _LastFrame(encode_text_frame)
_last_long_deflated_frame = _LastFrame(encode_deflated_frame)
_kept_deflated_frame = lru_cache(maxsize=_KEPT_FRAMES)(encode_deflated_frame)
_kept_text_frame = lru_cache(maxsize=_KEPT_FRAMES)(encode_text_frame)
_kept_chunk = lru_cache(maxsize=_KEPT_FRAMES)(encode_chunk)
