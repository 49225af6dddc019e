"""Letters on paper: which font has them, and in which order they are drawn. Pure."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import groupby

from arabic_reshaper import reshape
from bidi import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

Run = tuple[str, str]
"""The name of a font, and what is drawn with it."""

_WRITTEN_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_PLAIN = re.compile("[ -~]*")
_MOST_KEPT = 20_000


class FontError(Exception):
    """A file is no font that can be drawn with."""


class Fonts:
    """Fonts, each for the letters that those before it lack. Raises FontError for what is no TrueType font."""

    def __init__(self, files: Sequence[bytes]) -> None:
        self._fonts = [_registered(content) for content in files]
        self.first: str = self._fonts[0].fontName
        # Labels and addresses come again and again; measuring is most of the work.
        self.width = lru_cache(_MOST_KEPT)(self._width)
        self.runs = lru_cache(_MOST_KEPT)(self._runs)

    def _width(self, text: str, size: float) -> float:
        return float(sum(pdfmetrics.stringWidth(part, name, size) for name, part in self.runs(text)))

    def _runs(self, text: str) -> list[Run]:
        """A line as it is drawn, from left to right. What no font has is drawn as the first one draws it: a box."""
        text = in_drawn_order(text)
        if _PLAIN.fullmatch(text):
            return [(self.first, text)]
        return [(name, "".join(part)) for name, part in groupby(text, self._font_with)]

    def _font_with(self, character: str) -> str:
        code = ord(character)
        return next((one.fontName for one in self._fonts if code in one.face.charToGlyph), self.first)


def in_drawn_order(line: str) -> str:
    """A line without what is not drawn, from left to right; Arabic letters in the forms in which they join."""
    line = "".join(one for one in line if unicodedata.category(one) not in ("Cc", "Cf"))
    if not _WRITTEN_FROM_RIGHT.search(line):
        return line
    return str(get_display(reshape(line)))


def _registered(content: bytes) -> TTFont:
    name = sha256(content).hexdigest()[:16]
    try:
        font = TTFont(name, io.BytesIO(content))
    except (TTFError, ValueError, IndexError, KeyError) as error:
        raise FontError(str(error)) from error
    pdfmetrics.registerFont(font)
    return font
