"""The document for programs that write clients: what such programs stumble over is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import validate

from config.reference.calls import CALLS
from config.reference.components import pascal
from config.reference.for_generators import document_for_generators
from config.reference.plain_schemas import PlainSchemas

DOCUMENT = document_for_generators()


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects_in(inner)


def test_the_document_is_served_and_valid(client: Client) -> None:
    answer = client.get("/docs/openapi-3.0.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert answer.json() == DOCUMENT
    validate(DOCUMENT)


def test_each_call_is_there_once_with_one_body() -> None:
    expected = [call for call in CALLS.values() if call.alias_of is None and not call.moves_files]
    assert set(DOCUMENT["paths"]) == {f"/{call.route}" for call in expected}
    for path in DOCUMENT["paths"].values():
        assert set(path) == {"post"}
        assert set(path["post"]["requestBody"]["content"]) == {"application/json"}


def test_every_object_with_fields_has_a_name() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    named = [id(schema) for schema in schemas.values()]
    # A field may be called `properties`; none is.
    inline = [one for one in objects_in(DOCUMENT) if "properties" in one and id(one) not in named]
    assert inline == []


def test_nothing_that_generators_stumble_over_is_in_it() -> None:
    schemas = list(objects_in(DOCUMENT["components"]["schemas"]))
    refused = {"anyOf", "default", "const", "pattern", "uniqueItems", "patternProperties", "propertyNames"}
    assert [one for one in schemas if refused & set(one)] == []
    assert [one for one in schemas if "$ref" in one and len(one) > 1] == []
    assert [one for one in schemas if one.get("type") == "null" or isinstance(one.get("type"), list)] == []


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, {}),
        ({"type": "null", "description": "never"}, {"nullable": True, "description": "never"}),
        ({"type": "boolean", "default": False}, {"type": "boolean", "description": "default: false"}),
        ({"const": True}, {"type": "boolean"}),
        ({"const": "van"}, {"type": "string", "enum": ["van"]}),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"title": "Date", "type": "string", "pattern": "^x$"}, {"type": "string"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^1$"}},
         {"type": "object", "additionalProperties": {"type": "integer", "format": "int64"}}),
        ({"allOf": [{"title": "Gps", "type": "object", "properties": {"lat": {"type": "number"}}}], "description": "d"},
         {"allOf": [{"$ref": "#/components/schemas/Gps"}], "description": "d"}),
    ],
)  # fmt: skip
def test_a_schema_is_said_in_plain_words(schema: dict[str, Any], plain: dict[str, Any]) -> None:
    assert PlainSchemas().plain("Named", schema) == plain


def test_an_object_in_an_object_is_called_after_its_place() -> None:
    schemas = PlainSchemas()
    inner = {"type": "object", "properties": {"lat": {"type": "number"}}}
    schemas.plain("UserAuthRequest", {"type": "object", "properties": {"last_place": inner}})
    assert set(schemas.schemas) == {"UserAuthRequest", "UserAuthRequestLastPlace"}


def test_two_objects_of_one_name_are_found() -> None:
    schemas = PlainSchemas()
    schemas.refer("Gps", {"type": "object", "properties": {"lat": {"type": "number"}}})
    with pytest.raises(ValueError, match="Gps"):
        schemas.refer("Gps", {"type": "object", "properties": {"lat": {"type": "string"}}})


def test_names_are_made_of_addresses() -> None:
    assert pascal("subuser/security_group/list", "request") == "SubuserSecurityGroupListRequest"
