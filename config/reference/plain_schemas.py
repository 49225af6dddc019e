"""Schemas as programs that write clients take them: in the words of OpenAPI 3.0, and every object under a name.

What such programs make a mess of is left to the server: patterns (each language has its own), sets (JSON has none),
bounds of names and defaults. What is left out only makes a client less strict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.wire.terms import Schema
from config.reference.components import pascal

NULL = {"type": "null"}
_KEPT = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


class PlainSchemas:
    """The named schemas of a document, made as they are asked for. Raises ValueError for two of one name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def refer(self, name: str, schema: Schema) -> Schema:
        """A reference to an object, by this name unless it has one."""
        name = str(schema.get("title") or name)
        known = self.schemas.get(name)
        # Noted before its fields are looked at, which may be of its own kind.
        self.schemas.setdefault(name, {})
        made = self._object(name, schema)
        if known not in (None, {}, made):
            raise ValueError(f"two schemas are named {name}")
        self.schemas[name] = made
        return {"$ref": f"#/components/schemas/{name}"}

    def plain(self, name: str, schema: Schema) -> Schema:
        """A schema that says the same; `name` is for objects in it that have none."""
        parts = [part for part in schema.get("anyOf", ()) if part != NULL]
        if "anyOf" in schema:
            return self._any(name, schema, parts, is_nullable=len(parts) < len(schema["anyOf"]))
        if "allOf" in schema:
            (part,) = schema["allOf"]
            return _annotated(self.plain(name, part), schema)
        match schema.get("type"):
            case "object" if schema.get("properties"):
                return self.refer(name, schema)
            case "object":
                return {"type": "object", "additionalProperties": self._values(name, schema), **_kept(schema)}
            case "array":
                return {"type": "array", "items": self.plain(f"{name}Item", schema["items"]), **_kept(schema)}
        return _value(schema)

    def _object(self, name: str, schema: Schema) -> Schema:
        fields = {field: self.plain(pascal(name, field), one) for field, one in schema["properties"].items()}
        required = schema.get("required")
        return {"type": "object", "properties": fields, **({"required": required} if required else {}), **_kept(schema)}

    def _values(self, name: str, schema: Schema) -> Schema | bool:
        values = schema.get("additionalProperties", True)
        return self.plain(f"{name}Value", values) if isinstance(values, dict) else True

    def _any(self, name: str, schema: Schema, parts: list[Schema], *, is_nullable: bool) -> Schema:
        nullable = {"nullable": True} if is_nullable else {}
        if len(parts) == 1:
            return _annotated(self.plain(name, parts[0]), {**schema, **nullable})
        kinds = _kinds(parts)
        if kinds is None:
            # A union of texts and numbers has no type in half of the languages.
            return {**nullable, **_kept(schema)}
        references = {kind: self.refer(pascal(name, kind), part) for kind, part in kinds.items()}
        mapping = {kind: one["$ref"] for kind, one in references.items()}
        discriminator = {"propertyName": "type", "mapping": mapping}
        return {"oneOf": list(references.values()), "discriminator": discriminator, **nullable, **_kept(schema)}


def _kinds(parts: Iterable[Schema]) -> dict[str, Schema] | None:
    """Objects by the one value of their field `type`, if that tells them apart."""
    kinds = {}
    parts = list(parts)
    for part in parts:
        kind = part.get("properties", {}).get("type", {}).get("const")
        if kind is not None:
            kinds[kind] = part
    return kinds if len(kinds) == len(parts) else None


def _value(schema: Schema) -> Schema:
    """A text, number or flag; without a type anything."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    kind = schema.get("type") or (_kind_of(values[0]) if values else None)
    if kind is None or kind == NULL["type"]:
        return {**({"nullable": True} if kind else {}), **_kept(schema)}
    plain: Schema = {"type": kind, **_kept(schema)}
    if kind == "integer":
        plain["format"] = "int64"
    if values and kind == "string":
        plain["enum"] = values
    return plain


def _kind_of(value: object) -> str:
    return {bool: "boolean", int: "integer", float: "number"}.get(type(value), "string")


def _annotated(plain: Schema, schema: Mapping[str, Any]) -> Schema:
    """A schema with what is said of it here; a reference may have nothing beside it."""
    more = {**_kept(schema), **({"nullable": True} if schema.get("nullable") else {})}
    if not more:
        return plain
    return {"allOf": [plain], **more} if "$ref" in plain else {**plain, **more}


def _kept(schema: Mapping[str, Any]) -> Schema:
    """What is taken over as it is. A default is put into words: some take a field that has one for required."""
    said = [schema["description"]] if "description" in schema else []
    said += [f"default: {json.dumps(schema['default'])}"] if "default" in schema else []
    described = {"description": "; ".join(said)} if said else {}
    return {**described, **{key: schema[key] for key in _KEPT if key in schema}}
