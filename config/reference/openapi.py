"""The OpenAPI document of the HTTP API, made of the descriptions beside the addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.wire.description import EXAMPLE_HASH, CallSchema, Needs
from accounts.wire.errors import ErrorCode
from accounts.wire.schema import Optional, list_of, object_of, open_object, optional, record, said
from accounts.wire.terms import FLAG, HASH, ID, Schema, text
from config.reference import VERSION
from config.reference.calls import CALLS
from config.reference.codes import code_table, failure_example
from config.reference.components import Components
from config.reference.devices import PROBE_PATHS, way_in_paths
from trackers.intake.schema import WAYS_IN

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
JSON = "application/json"
STRUCTURED = ("array", "object")
PREFIXES = ("/", "/v2", "/api-v2", "/api")

FAILURE = record(
    "Failure",
    success={"const": False},
    status=object_of({"code": {"type": "integer"}, "description": text()}),
    errors=optional(
        said(
            list_of(object_of({"parameter": text(), "error": text()}), least=1),
            "with code 7 only",
        )
    ),
    entities=optional(
        said(
            list_of(object_of({"type": text(), "ids": list_of(ID)}), least=1), "with code 203 only: what is in the way"
        )
    ),
)

CREDENTIAL = "a session's hash or an API key; may stand in the header `Authorization: NVX HASH` instead"
ISO = optional(said(FLAG, "dates as ISO 8601 with offset"), default=False)

INTRODUCTION = " ".join(
    [
        "Every call is reachable at the root, below `/v2`, `/api-v2` and `/api`, with or without a slash at the end,",
        "by GET or POST. Parameters are JSON, form fields or query values; in a form or query a list is JSON text.",
        "Numbers, booleans and lists may come as text as well, null is as good as absent, and unknown ones are",
        "ignored. The credential is `hash` in body or query, else the header `Authorization: NVX <hash>`.",
    ]
)


def openapi_document() -> dict[str, Any]:
    """The document, new each time."""
    components = Components()
    paths: dict[str, Any] = {f"/{call.route}": _operations(call, components) for call in CALLS.values()}
    paths |= way_in_paths(WAYS_IN, components) | PROBE_PATHS
    return {
        "openapi": "3.1.1",
        "info": {"title": "Fleetsphere", "version": VERSION, "description": INTRODUCTION},
        "servers": [{"url": prefix} for prefix in PREFIXES],
        "tags": [{"name": name} for name in dict.fromkeys(resource_of(call) for call in CALLS.values())],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "responses": components.responses,
            "securitySchemes": _CREDENTIALS,
        },
        "x-codes": code_table(),
    }


_CREDENTIALS = {
    "hash": {"type": "apiKey", "in": "query", "name": "hash", "description": "a session's hash or an API key"},
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`NVX `, and a session's hash or an API key",
    },
    "metrics": {"type": "http", "scheme": "bearer"},
}


def resource_of(call: CallSchema) -> str:
    """What a call is about: all of its address but the last part."""
    return call.route.rpartition("/")[0]


def _operations(call: CallSchema, components: Components) -> dict[str, Any]:
    common = _common(call, components)
    operation = call.route.replace("/", "_")
    return {
        "post": {**common, "operationId": operation, "requestBody": _body(call, components)},
        "get": {**common, "operationId": f"{operation}_by_get", "parameters": _query(call, components)},
    }


def _common(call: CallSchema, components: Components) -> dict[str, Any]:
    rights = " and ".join(f"`{right}`" for right in (call.right, call.second_right) if right)
    needs = f"Needs {call.needs}" + (f", and the right {rights}." if rights else ".")
    return {
        "tags": [resource_of(call)],
        "summary": call.summary,
        "description": f"The same as `{call.alias_of}`. {needs}" if call.alias_of else needs,
        "security": [] if call.needs is Needs.NOTHING else [{"hash": []}, {"header": []}],
        "responses": _responses(call, components),
        "x-needs": call.needs,
        "x-codes": [int(code) for code in call.codes],
    }


def _body(call: CallSchema, components: Components) -> dict[str, Any]:
    credential = {} if call.needs is Needs.NOTHING else {"hash": optional(said(HASH, CREDENTIAL))}
    plain = open_object({**call.parameters, **credential, "iso_datetime": ISO})
    as_json = {name: {"contentType": JSON} for name, one in plain["properties"].items() if _is_structured(one)}
    encoding = {"encoding": as_json} if as_json else {}
    schema = components.refer(plain)
    if call.file is not None:
        file = {"type": "string", "format": "binary", "description": call.file}
        parts = {**schema, "properties": {**schema["properties"], "file": file}, "required": ["file"]}
        return {"required": True, "content": {MULTIPART: {"schema": parts, **encoding}}}
    return {
        "required": bool(schema["required"]),
        "content": {JSON: {"schema": schema, **_sent(call)}, FORM: {"schema": schema, **encoding}},
    }


def _sent(call: CallSchema) -> dict[str, Any]:
    """The example of a body, if there is one."""
    credential = {} if call.needs is Needs.NOTHING else {"hash": EXAMPLE_HASH}
    return {"example": {**credential, **call.example.parameters}} if call.example else {}


def _query(call: CallSchema, components: Components) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": not isinstance(one, Optional),
            **_query_value(one.schema if isinstance(one, Optional) else one, components),
        }
        for name, one in {**call.parameters, "iso_datetime": ISO}.items()
    ]


def _query_value(schema: Schema, components: Components) -> dict[str, Any]:
    shown = {"schema": components.refer(schema)}
    return {"content": {JSON: shown}} if _is_structured(schema) else shown


def _is_structured(schema: Schema) -> bool:
    """Whether it is JSON text in a form or query."""
    parts = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    return schema.get("type") in STRUCTURED or any(_is_structured(part) for part in parts)


def _responses(call: CallSchema, components: Components) -> dict[str, Any]:
    result = components.refer(object_of({"success": {"const": True}, **call.result}))
    failure = components.refer(FAILURE)
    by_status: dict[int, list[ErrorCode]] = {}
    for code in call.codes:
        by_status.setdefault(code.http_status, []).append(code)
    example = {"example": {"success": True, **call.example.result}} if call.example else {}
    files = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in call.media_types}
    success = {"description": "Success.", "content": files or {JSON: {"schema": result, **example}}}
    responses = {"200": components.refer_to_response(call.route.replace("/", "_"), success)}
    for status, codes in sorted(by_status.items()):
        schema = {**failure, "properties": {"status": {"properties": {"code": {"enum": [int(c) for c in codes]}}}}}
        examples = {str(int(code)): {"value": failure_example(code)} for code in codes}
        refused = {"description": listed(codes), "content": {JSON: {"schema": schema, "examples": examples}}}
        name = "_".join(["codes", *(str(int(code)) for code in codes)])
        responses[str(status)] = components.refer_to_response(name, refused)
    return responses


def listed(codes: Iterable[ErrorCode]) -> str:
    """Codes with what each means, in a line."""
    return "; ".join(f"{int(code)} {code.description}" for code in codes)
