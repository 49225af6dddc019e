"""Puts named schemas and shared responses where a document keeps them, once each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from accounts.wire.terms import Schema

BY_PLACE = "x-named-by-place"
"""Marks an object that has a name for programs only."""


class Components:
    """What a document names once and refers to."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self.responses: dict[str, dict[str, Any]] = {}

    def refer_to_response(self, name: str, response: dict[str, Any]) -> dict[str, Any]:
        """A reference to a response; two of one name are the same."""
        self.responses[name] = response
        return {"$ref": f"#/components/responses/{name}"}

    def refer(self, schema: Any) -> Any:
        """The schema with a reference in the place of each named one in it. Raises ValueError for two of one name."""
        if isinstance(schema, list):
            return [self.refer(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        rest = {key: self.refer(value) for key, value in schema.items() if not _is_name(key, value)}
        name = schema.get("title")
        if not isinstance(name, str):
            return rest
        if self.schemas.setdefault(name, rest) != rest:
            raise ValueError(f"two schemas are named {name}")
        return {"$ref": f"#/components/schemas/{name}"}


def name_objects(name: str, schema: Any) -> Any:
    """The schema with a name for each object with fields in it that has none: that of its place."""
    if not isinstance(schema, dict):
        return schema
    name = schema.get("title") or name
    made = {**schema}
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            made[key] = [name_objects(one_name, one) for one_name, one in _alternatives(name, schema, schema[key])]
    for key, suffix in (("items", "Item"), ("additionalProperties", "Value")):
        if key in schema:
            made[key] = name_objects(f"{name}{suffix}", schema[key])
    if "properties" in schema:
        fields = schema["properties"].items()
        made["properties"] = {field: name_objects(pascal(name, field), one) for field, one in fields}
        if "title" not in schema:
            # Who shows the document to people may put the object back where it belongs.
            made |= {"title": name, BY_PLACE: True}
    return made


def _alternatives(name: str, schema: Any, parts: list[Any]) -> Iterator[tuple[str, Any]]:
    """Each of several schemas with the name for it: by the value of its `type` that tells it apart, or its number."""
    is_one_or_null = len([part for part in parts if part.get("type") != "null"]) == 1 and "title" not in schema
    for number, part in enumerate(parts, 1):
        kind = part.get("properties", {}).get("type", {}).get("const")
        yield name if is_one_or_null else f"{name}{number}" if kind is None else pascal(name, kind), part


def pascal(*words: str) -> str:
    """Words, of which each may have several parts, as the name of a schema."""
    return "".join(part[:1].upper() + part[1:] for word in words for part in re.split(r"[^0-9A-Za-z]+", word))


def _is_name(key: str, value: Any) -> bool:
    """A field may be called `title` too; then it is a schema."""
    return key == "title" and isinstance(value, str)
