"""What values are put together to, in descriptions and in reading: objects, lists, what may be absent or null. Pure.

An object has exactly the fields that are written here, so that an answer with a field too many or too few is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters, check_document, check_items
from accounts.wire.terms import Schema, Term

AnySchema = TypeVar("AnySchema", bound=Schema)


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that may be absent."""

    schema: Schema


Fields = Mapping[str, Schema | Optional]


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
        lambda name, value: Parameters(check_document(name, value), place=name),
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
    shown = list(default) if isinstance(default, tuple) else default
    return Optional(schema if shown is None else {**schema, "default": shown})


def nullable(schema: AnySchema) -> AnySchema:
    """The value may be null."""
    return _changed(schema, {"anyOf": [schema, {"type": "null"}]})


def named(name: str, schema: AnySchema) -> AnySchema:
    """A schema that a document shows once, by its name."""
    return _changed(schema, {"title": name, **schema})


def record(name: str, /, **fields: Schema | Optional) -> Schema:
    """An object with these fields and no others, that has a name."""
    return named(name, object_of(fields))


def said(schema: AnySchema, description: str) -> AnySchema:
    """A schema with a word on what the value means here; one that has a name keeps its own word."""
    whole = {"allOf": [schema]} if "title" in schema else schema
    return _changed(schema, {**whole, "description": description})


def _changed(schema: AnySchema, changed: Schema) -> AnySchema:
    """Another schema that reads as the one does, if that reads."""
    return Term(changed, schema.read) if isinstance(schema, Term) else changed  # type: ignore[return-value]
