"""Values as they are described, in JSON Schema, and as they are read from what was sent. Pure.

A value is described as it is best sent; that numbers, booleans and lists may come as text as well (api §1.2) goes
without saying.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Generic, TypeVar

from accounts.wire.characters import ALONE_UNSEEN, CONTROL, DISGUISING
from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import (
    MAX_ID,
    check_boolean,
    check_integer,
    check_number,
    is_blank,
    read_text,
)

Schema = dict[str, Any]
Read = TypeVar("Read")
Made = TypeVar("Made")


class Term(Schema, Generic[Read]):
    """A schema that also reads what it describes, of what was sent in a parameter's name. Reading raises ApiError 7."""

    def __init__(self, schema: Schema, read: Callable[[str, Any], Read]) -> None:
        super().__init__(schema)
        self.read = read

    def __hash__(self) -> int:  # type: ignore[override]
        # `Annotated[int, TERM] | None` asks for it.
        return id(self)

    def then(self, make: Callable[[str, Read], Made]) -> Term[Made]:
        """The term whose value is made of this one's; what makes it may refuse it."""
        return Term(self, lambda name, value: make(name, self.read(name, value)))


ID = Term({"type": "integer", "minimum": -MAX_ID, "maximum": MAX_ID}, check_integer)
TRACKER_ID = Term({**ID, "description": "a tracker's `id` in `tracker/list`"}, check_integer)
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG = Term({"type": "boolean"}, check_boolean)
HASH: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$", "x-shape": "32 hex digits"}
DATE: Schema = {
    "title": "Date",
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{8}|T[0-9:]{8}(Z|[+-][0-9]{2}:[0-9]{2}))$",
    "description": "`2024-05-02 08:15:00` in the caller's zone; with `iso_datetime` `2024-05-02T08:15:00+02:00`",
}
UTC_DATE: Schema = {
    "title": "UtcDate",
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$",
    "description": "ISO 8601, at UTC whatever the caller's zone",
}
DAY: Schema = {
    "title": "Day",
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "description": "`2024-05-02`",
}
ANYTHING: Schema = {}
MAX_LENGTH = 255
"""Of a text of which nothing else is said."""
SEEN = "no control characters, none that turn the text's direction or cannot be seen"


def text(most: int | None = None, *, least: int = 0, pattern: str | None = None, shape: str | None = None) -> Term[str]:
    """A string of `least` to `most` characters; `shape` puts the pattern into words. Blanks alone are read as none."""
    schema: Schema = {"type": "string"}
    if least:
        schema["minLength"] = least
    if most is not None:
        schema["maxLength"] = most
    if pattern is not None:
        schema["pattern"] = pattern
    if shape is not None:
        schema["x-shape"] = shape

    def read(name: str, value: Any) -> str:
        return "" if is_blank(value) else read_text(name, value, max_length=most or MAX_LENGTH)

    return Term(schema, read)


def shaped(pattern: str, shape: str, *, most: int) -> Term[str]:
    """Text of up to `most` characters that is as the pattern demands, which `shape` says in words."""

    def read(name: str, value: Any) -> str:
        found = read_text(name, value, max_length=most)
        if not re.fullmatch(pattern, found):
            raise invalid_parameter(name, f"must be {shape}")
        return found

    return Term(text(pattern=pattern, shape=shape), read)


def printable(most: int = MAX_LENGTH, *, without: str = "", trim: bool = True) -> Term[str]:
    """1 to `most` characters that can be seen, one of them at least no space.

    `without`: characters that are refused as well. A text that is not trimmed is a password: nobody is shown it.
    """

    def read(name: str, value: Any) -> str:
        found = read_text(name, value, max_length=most, trim=trim)
        if any(character in found for character in without):
            raise invalid_parameter(name, f"must not have {' or '.join(without)}")
        return found

    refused = CONTROL + (DISGUISING if trim else "") + without
    shape = (f"{SEEN}, " if trim else "no control characters, ") + "not only spaces"
    shape += f", none of {' '.join(without)}" if without else ""
    unseen = rf"\s{ALONE_UNSEEN}" if trim else r"\s"
    return Term(text(most, least=1, pattern=rf"^[^{refused}]*[^{refused}{unseen}][^{refused}]*$", shape=shape), read)


def line(most: int) -> Term[str]:
    """Up to `most` characters that can be seen, or nothing."""
    return text(most, pattern=f"^[^{CONTROL}{DISGUISING}]*$", shape=SEEN)


def between(least: float, most: float) -> Term[Any]:
    """A whole number within bounds that belong to it; with a float among the bounds any number."""
    is_whole = isinstance(least, int) and isinstance(most, int)
    shown = f"{least} to {most}" if is_whole else f"{least:g} to {most:g}"

    def read(name: str, value: Any) -> int | float:
        number = check_integer(name, value) if is_whole else check_number(name, value)
        if not least <= number <= most:
            raise invalid_parameter(name, f"must be from {shown}")
        return number if is_whole else float(number)

    return Term({"type": "integer" if is_whole else "number", "minimum": least, "maximum": most}, read)


def one_of(*values: str | type[StrEnum], most: int = MAX_LENGTH) -> Term[Any]:
    """One of some texts, or of the values of an enumeration, of which the member is read.

    `most`: of so many characters a text is to be, if it is to be looked for among the others.
    """
    members = [one for value in values for one in ([value] if isinstance(value, str) else value)]
    texts = [str(member) for member in members]
    has_texts = any(isinstance(value, str) for value in values)

    def read(name: str, value: Any) -> Any:
        sent = read_text(name, value, max_length=most) if has_texts else value
        if sent not in texts:
            raise invalid_parameter(name, f"must be one of: {', '.join(texts)}")
        return members[texts.index(sent)]

    return Term({"const": texts[0]} if len(texts) == 1 else {"enum": texts}, read)
