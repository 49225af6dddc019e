"""The words in which calls and messages are described, and in which parameters are read: JSON Schema. Pure.

An object has exactly the fields that are written here, so that an answer with a field too many or too few is found. A
parameter is described as it is best sent; that numbers, booleans and lists may come as text as well (api §1.2)
goes without saying. What a parameter is described by is a Term, which reads it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from accounts.wire.characters import ALONE_UNSEEN, CONTROL, DISGUISING
from accounts.wire.errors import ErrorCode, invalid_parameter
from accounts.wire.parameters import (
    MAX_ID,
    Parameters,
    check_boolean,
    check_choice,
    check_document,
    check_integer,
    check_items,
    check_number,
    is_blank,
    read_text,
)
from accounts.wire.rights import Right

Schema = dict[str, Any]
AnySchema = TypeVar("AnySchema", bound=Schema)
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


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that may be absent."""

    schema: Schema


Fields = Mapping[str, Schema | Optional]

ID = Term({"type": "integer", "minimum": -MAX_ID, "maximum": MAX_ID}, check_integer)
TRACKER_ID = Term({**ID, "description": "a tracker's `id` in `tracker/list`"}, check_integer)
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG = Term({"type": "boolean"}, check_boolean)
HASH: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$", "x-shape": "32 hex digits"}
EXAMPLE_HASH = "0123456789abcdef0123456789abcdef"
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
    texts = [text for value in values for text in ([value] if isinstance(value, str) else [m.value for m in value])]

    def read(name: str, value: Any) -> Any:
        if len(values) == 1 and not isinstance(values[0], str):
            return check_choice(name, value, values[0])
        found = read_text(name, value, max_length=most)
        if found not in texts:
            raise invalid_parameter(name, f"must be one of: {', '.join(texts)}")
        return found

    return Term({"const": texts[0]} if len(texts) == 1 else {"enum": texts}, read)


def any_of(*schemas: Schema) -> Schema:
    """A value that fits one of the schemas."""
    return {"anyOf": list(schemas)}


def list_of(item: Schema, *, least: int = 0, most: int | None = None, unique: bool = False) -> Term[tuple[Any, ...]]:
    """A list of `least` to `most` such items; it reads a tuple, if the item is a term."""
    schema: Schema = {"type": "array", "items": item}
    if least:
        schema["minItems"] = least
    if most is not None:
        schema["maxItems"] = most
    if unique:
        schema["uniqueItems"] = True

    def read(name: str, value: Any) -> tuple[Any, ...]:
        items = check_items(name, value)
        if len(items) < least:
            raise invalid_parameter(name, "must not be empty")
        if most is not None and len(items) > most:
            raise invalid_parameter(name, f"must have at most {most} items")
        found = tuple(_read_item(item, name, one) for one in items)
        if unique and len(set(found)) < len(found):
            raise invalid_parameter(name, "must not repeat an item")
        return found

    return Term(schema, read)


def _read_item(item: Schema, name: str, value: Any) -> Any:
    # A number is read as its digits where a text is due, but not in a list of them.
    if item.get("type") == "string" and not isinstance(value, str):
        raise invalid_parameter(name, "must be a string")
    return item.read(name, value) if isinstance(item, Term) else value


def object_of(fields: Fields) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": {name: one.schema if isinstance(one, Optional) else one for name, one in fields.items()},
        "required": [name for name, one in fields.items() if not isinstance(one, Optional)],
        "additionalProperties": False,
    }


def open_object(fields: Fields) -> Term[Parameters]:
    """What a client sends: these fields, and whatever else, which is ignored. Its fields are still to be read."""
    return Term(
        {**object_of(fields), "additionalProperties": True},
        lambda name, value: Parameters(check_document(name, value)),
    )


def map_of(value: Schema, *, key: str | None = None) -> Schema:
    """An object whose names are data; `key` is the pattern of a name."""
    schema: Schema = {"type": "object", "additionalProperties": value}
    return schema if key is None else {**schema, "propertyNames": {"pattern": key}}


def by_id(value: Schema) -> Schema:
    """An object from ids, as text, to values."""
    return map_of(value, key="^-?[0-9]+$")


def optional(schema: Schema, *, default: Any = None) -> Optional:
    """The field may be absent, and is then taken as `default`."""
    return Optional(schema if default is None else {**schema, "default": default})


def nullable(schema: AnySchema) -> AnySchema:
    """The value may be null."""
    return _changed(schema, {"anyOf": [schema, {"type": "null"}]})


def named(name: str, schema: AnySchema) -> AnySchema:
    """A schema that a document shows once, by its name."""
    return _changed(schema, {"title": name, **schema})


def said(schema: AnySchema, description: str) -> AnySchema:
    """A schema with a word on what the value means here; one that has a name keeps its own word."""
    whole = {"allOf": [schema]} if "title" in schema else schema
    return _changed(schema, {**whole, "description": description})


def _changed(schema: AnySchema, changed: Schema) -> AnySchema:
    """Another schema that reads as the one does, if that reads."""
    return Term(changed, schema.read) if isinstance(schema, Term) else changed  # type: ignore[return-value]


class Needs(StrEnum):
    """What credential a call asks for."""

    NOTHING = "nothing"
    LOGIN = "a session or an API key"
    SESSION = "a session (an API key gets 4)"
    PANEL = "a session of the panel"
    SPECIAL = "a session of a special kind (any other hash gets 4)"


@dataclass(frozen=True, slots=True)
class Example:
    """What one might send, without the credential, and what comes back beside `success`."""

    parameters: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallSchema:
    """A call of the HTTP API as a program can read it."""

    route: str
    summary: str
    parameters: Fields
    result: Fields
    """Beside `success`."""
    needs: Needs
    right: Right | None
    codes: tuple[ErrorCode, ...]
    """All that it may answer, those that every call may answer among them."""
    alias_of: str | None
    """The route that does the same."""
    example: Example | None


_BY_NUMBER = {int(code): code for code in ErrorCode}
EVERYWHERE = (
    ErrorCode.DATABASE_ERROR,
    ErrorCode.WRONG_FORMAT,
    ErrorCode.UNEXPECTED,
    # Of `iso_datetime`, if of nothing else.
    ErrorCode.INVALID_PARAMETERS,
    ErrorCode.TOO_LARGE,
    ErrorCode.DATABASE_UNAVAILABLE,
    ErrorCode.TOO_MANY_REQUESTS,
)


def describe(
    route: str,
    summary: str,
    *,
    parameters: Fields | None = None,
    result: Fields | None = None,
    needs: Needs = Needs.LOGIN,
    right: Right | None = None,
    codes: Iterable[int] = (),
    alias_of: str | None = None,
    example: Example | None = None,
) -> CallSchema:
    """A call. To `codes`, those of its own, come those of the credential and the right, and those of every call."""
    all_codes = {*EVERYWHERE, *(_BY_NUMBER[code] for code in codes)}
    if needs is not Needs.NOTHING:
        all_codes |= {ErrorCode.WRONG_HASH, ErrorCode.SESSION_ENDED}
    if right is not None:
        all_codes.add(ErrorCode.NOT_PERMITTED)
    ordered = tuple(sorted(all_codes))
    return CallSchema(route, summary, parameters or {}, result or {}, needs, right, ordered, alias_of, example)
