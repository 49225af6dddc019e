"""The calls of the API for programs that write clients (docs/decisions/0046-a-second-document-for-generators.md)."""

from __future__ import annotations

from typing import Any

from accounts.wire.description import CallSchema, Needs
from accounts.wire.schema import object_of, open_object, optional, said
from accounts.wire.terms import FLAG, HASH
from config.reference import VERSION
from config.reference.calls import CALLS
from config.reference.components import pascal
from config.reference.openapi import CREDENTIAL, FAILURE, ISO, JSON, listed, resource_of
from config.reference.plain_schemas import PlainSchemas

INTRODUCTION = " ".join(
    [
        "The calls of `openapi.json` in OpenAPI 3.0, each once: by POST, with a JSON body. `user_auth` gives a hash;",
        "send it as `Authorization: NVX HASH`, or as `hash` in each body.",
    ]
)
_SECURITY = {
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`NVX `, and a session's hash or an API key",
    }
}


def document_for_generators() -> dict[str, Any]:
    """The document, new each time."""
    schemas = PlainSchemas()
    failure = schemas.refer("Failure", FAILURE)
    calls = [call for call in CALLS.values() if call.alias_of is None and not call.moves_files]
    paths = {f"/{call.route}": {"post": _operation(call, schemas, failure)} for call in calls}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Fleetsphere", "version": VERSION, "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(map(resource_of, calls))],
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.schemas.items())), "securitySchemes": _SECURITY},
    }


def _operation(call: CallSchema, schemas: PlainSchemas, failure: dict[str, Any]) -> dict[str, Any]:
    needs_nothing = call.needs is Needs.NOTHING
    credential = {} if needs_nothing else {"hash": optional(said(HASH, CREDENTIAL))}
    body = open_object({**call.parameters, **credential, "iso_datetime": ISO})
    needs = f"Needs {call.needs}" + (f", and the right `{call.right}`." if call.right else ".")
    return {
        "tags": [resource_of(call)],
        "operationId": call.route.replace("/", "_"),
        "summary": call.summary,
        "description": needs,
        "security": [] if needs_nothing else [{"header": []}],
        "requestBody": {"required": True, "content": _json(schemas.refer(pascal(call.route, "request"), body))},
        "responses": _responses(call, schemas, failure),
    }


def _responses(call: CallSchema, schemas: PlainSchemas, failure: dict[str, Any]) -> dict[str, Any]:
    result = object_of({"success": FLAG, **call.result})
    success = schemas.refer(pascal(call.route, "response"), result)
    statuses = sorted({code.http_status for code in call.codes})
    refusals = {
        str(status): {
            "description": listed(code for code in call.codes if code.http_status == status),
            "content": _json(failure),
        }
        for status in statuses
    }
    return {"200": {"description": "Success.", "content": _json(success)}, **refusals}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {JSON: {"schema": schema}}
