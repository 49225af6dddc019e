"""The words in which calls and messages are described: JSON Schema, a few lines per call. Pure.

An object has exactly the fields that are written here, so that an answer with a field too many or too few is found. A
parameter is described as it is best sent; that numbers, booleans and lists may come as text as well (api §1.2)
goes without saying.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from accounts.wire.characters import ALONE_UNSEEN, CONTROL, DISGUISING
from accounts.wire.errors import ErrorCode
from accounts.wire.parameters import MAX_ID
from accounts.wire.rights import Right

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that may be absent."""

    schema: Schema


Fields = Mapping[str, Schema | Optional]

ID: Schema = {"type": "integer", "minimum": -MAX_ID, "maximum": MAX_ID}
TRACKER_ID: Schema = {**ID, "description": "a tracker's `id` in `tracker/list`"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
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
SEEN = "no control characters, none that turn the text's direction or cannot be seen"


def text(most: int | None = None, *, least: int = 0, pattern: str | None = None, shape: str | None = None) -> Schema:
    """A string of `least` to `most` characters; `shape` says in words what the pattern demands."""
    schema: Schema = {"type": "string"}
    if least:
        schema["minLength"] = least
    if most is not None:
        schema["maxLength"] = most
    if pattern is not None:
        schema["pattern"] = pattern
    if shape is not None:
        schema["x-shape"] = shape
    return schema


def printable(most: int = 255, *, without: str = "", trim: bool = True) -> Schema:
    """What Parameters.text reads: 1 to `most` characters that can be seen, one of them at least no space.

    `without`: characters that are refused as well. A text that is not trimmed is a password: nobody is shown it.
    """
    refused = CONTROL + (DISGUISING if trim else "") + without
    shape = (f"{SEEN}, " if trim else "no control characters, ") + "not only spaces"
    shape += f", none of {' '.join(without)}" if without else ""
    unseen = rf"\s{ALONE_UNSEEN}" if trim else r"\s"
    return text(most, least=1, pattern=rf"^[^{refused}]*[^{refused}{unseen}][^{refused}]*$", shape=shape)


def line(most: int) -> Schema:
    """What Parameters.text_or_blank reads: up to `most` characters that can be seen, or nothing."""
    return text(most, pattern=f"^[^{CONTROL}{DISGUISING}]*$", shape=SEEN)


def between(least: float, most: float) -> Schema:
    """A whole number within bounds that belong to it; with a float among the bounds any number."""
    is_whole = isinstance(least, int) and isinstance(most, int)
    return {"type": "integer" if is_whole else "number", "minimum": least, "maximum": most}


def one_of(*values: str | type[Enum]) -> Schema:
    """One of some texts, or of the values of an enumeration."""
    options = [
        option for value in values for option in ([value] if isinstance(value, str) else [m.value for m in value])
    ]
    return {"const": options[0]} if len(options) == 1 else {"enum": options}


def any_of(*schemas: Schema) -> Schema:
    """A value that fits one of the schemas."""
    return {"anyOf": list(schemas)}


def list_of(item: Schema, *, least: int = 0, most: int | None = None, unique: bool = False) -> Schema:
    schema: Schema = {"type": "array", "items": item}
    if least:
        schema["minItems"] = least
    if most is not None:
        schema["maxItems"] = most
    if unique:
        schema["uniqueItems"] = True
    return schema


def object_of(fields: Fields) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": {name: one.schema if isinstance(one, Optional) else one for name, one in fields.items()},
        "required": [name for name, one in fields.items() if not isinstance(one, Optional)],
        "additionalProperties": False,
    }


def open_object(fields: Fields) -> Schema:
    """What a client sends: these fields, and whatever else, which is ignored."""
    return {**object_of(fields), "additionalProperties": True}


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


def nullable(schema: Schema) -> Schema:
    """The value may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def named(name: str, schema: Schema) -> Schema:
    """A schema that a document shows once, by its name."""
    return {"title": name, **schema}


def said(schema: Schema, description: str) -> Schema:
    """A schema with a word on what the value means here; one that has a name keeps its own word."""
    if "title" in schema:
        return {"allOf": [schema], "description": description}
    return {**schema, "description": description}


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
