"""Which characters a text may have, so that what is shown is what is there, and how the others are shown. Pure.

The character classes are written for JSON Schema's patterns and for `re` at once: what lies beyond four hex digits
stands there itself, and surrogates, which no pattern can name, are left out.
"""

from __future__ import annotations

import re

CONTROL = "\\x00-\\x1f\\x7f-\\x9f\\ue000-\\uf8ff"
"""Control characters and private use (api §1.5), as descriptions name them."""
# The planes of private use are refused and not described: programs that make texts of a pattern list each character of
# its classes, and these are 131,068.
_PRIVATE_PLANES = "\U000f0000-\U000ffffd\U00100000-\U0010fffd"

# The signs that turn the direction of the text around them.
_DIRECTION = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
# What Unicode has drawn as nothing (Default_Ignorable_Code_Point), and ends of lines. The joiners U+200C and U+200D,
# which Persian, Hindi and emoji are written with, and the selectors of a character's form change their neighbour: they
# are fine.
_INVISIBLE = (
    "\\xad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u200b\\u2028\\u2029\\u2060-\\u2065\\u206a-\\u206f\\u3164\\ufeff\\uffa0"
    "\\ufff0-\\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
DISGUISING = _DIRECTION + _INVISIBLE
"""What shows a text as another one, or cannot be seen at all."""
ALONE_UNSEEN = "\\u180b-\\u180f\\u200c\\u200d\\ufe00-\\ufe0f\U000e0100-\U000e01ef"
"""What is fine beside others, but cannot be seen without them."""

_UNPRINTABLE = re.compile(f"[{CONTROL}{_PRIVATE_PLANES}\\ud800-\\udfff]")
_DISGUISING = re.compile(f"[{DISGUISING}]")
_SEEN = re.compile(f"[^\\s{ALONE_UNSEEN}]")
_TURNING = re.compile(f"[{_DIRECTION}]")
_FROM_RIGHT = re.compile("[\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ESCAPED = re.compile(f"[{CONTROL}{_PRIVATE_PLANES}\\ud800-\\udfff{DISGUISING}]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def refuse_unprintable(text: str) -> str | None:
    """Why a text is refused even if nobody is ever shown it; None: it is not."""
    return "must have printable characters only" if _UNPRINTABLE.search(text) else None


def refuse_unseen(text: str) -> str | None:
    """Why a text that is shown is refused; None: it is not. What is empty or blank is fine."""
    if found := _DISGUISING.search(text):
        return f"must not have U+{ord(found[0]):04X}, which cannot be seen"
    if text.strip() and not _SEEN.search(text):
        return "must have a character that can be seen"
    return refuse_unprintable(text)


def isolate(text: str) -> str:
    """The text to be put between others in a line: whatever is in it, it turns none of them around."""
    plain = _TURNING.sub("", text)
    return f"{_FIRST_STRONG_ISOLATE}{plain}{_POP_ISOLATE}" if _FROM_RIGHT.search(plain) else plain


def escape(text: str, *, keep: str = "") -> str:
    """The text with what cannot be seen, but for the characters in `keep`, as Python writes it: `\\u202e`."""
    return _ESCAPED.sub(lambda found: found[0] if found[0] in keep else ascii(found[0])[1:-1], text)
