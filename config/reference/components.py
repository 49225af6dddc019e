"""Puts named schemas and shared responses where a document keeps them, once each."""

from __future__ import annotations

from typing import Any

from accounts.wire.terms import Schema


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


def _is_name(key: str, value: Any) -> bool:
    """A field may be called `title` too; then it is a schema."""
    return key == "title" and isinstance(value, str)
