"""The parts of the OpenAPI document that are no calls: ways in for devices, probes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.wire.schema import Optional, object_of
from accounts.wire.terms import FLAG
from config.reference.components import Components
from trackers.intake.schema import REASON, WayInSchema

# What any way in may answer (docs/ingestion.md).
ANY_WAY_IN = {
    403: "The source is blocked, its key is missing or wrong, or, for NGP, the device is unknown.",
    405: "This address does not take this HTTP method; `Allow` names those that it takes.",
    413: "The body is too long, or has too many messages.",
    429: "Too many requests within a second from this address or of this device; `Retry-After` says when to come back.",
    500: "An error on the server, which is in its log.",
    503: "Nothing could be stored now; send it again.",
}


def way_in_paths(ways_in: Iterable[WayInSchema], components: Components) -> dict[str, Any]:
    """The addresses of the ways in."""
    return {f"/ingest/{way.name}": _way_in(way, components) for way in ways_in}


def _way_in(way: WayInSchema, components: Components) -> dict[str, Any]:
    common = {"tags": ["ingest"], "summary": way.summary, "security": [], "responses": _responses(way, components)}
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": not isinstance(one, Optional),
            "schema": components.refer(one.schema if isinstance(one, Optional) else one),
        }
        for name, one in way.query.items()
    ]
    bodies = {content_type: {"schema": components.refer(schema)} for content_type, schema in way.bodies.items()}
    post = {**common, "operationId": f"ingest_{way.name}", "parameters": parameters, "requestBody": {"content": bodies}}
    if "get" not in way.methods:
        return {"post": post}
    return {"post": post, "get": {**common, "operationId": f"ingest_{way.name}_by_get", "parameters": parameters}}


def _responses(way: WayInSchema, components: Components) -> dict[str, Any]:
    success = {content_type: {"schema": components.refer(schema)} for content_type, schema in way.success.items()}
    responses: dict[str, Any] = {"200": {"description": "Stored, or nothing to store.", "content": success}}
    reason = {content_type: {"schema": schema} for content_type, schema in REASON.items()}
    for status, description in sorted({**ANY_WAY_IN, **way.statuses}.items()):
        responses[str(status)] = {"description": description, "content": reason}
    return responses


def _probe(summary: str, statuses: dict[str, str], fields: list[str]) -> dict[str, Any]:
    schema = object_of(dict.fromkeys(fields, FLAG))
    content = {"application/json": {"schema": schema}}
    responses = {status: {"description": description, "content": content} for status, description in statuses.items()}
    operation = {"tags": ["probes"], "summary": summary, "security": [], "responses": responses}
    return {"get": operation}


PROBE_PATHS = {
    "/healthz": _probe("The process answers.", {"200": "It does."}, ["alive"]),
    "/readyz": _probe(
        "Database and broker answer, and the process is not about to end.",
        {"200": "So it is.", "503": "So it is not."},
        ["database", "broker", "serving"],
    ),
    "/metrics": {
        "get": {
            "tags": ["probes"],
            "summary": "What the processes of this machine count, as Prometheus reads it.",
            "description": "Needs `Authorization: Bearer` with the token of the settings.",
            "security": [{"metrics": []}],
            "responses": {
                "200": {"description": "Text format 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                "404": {
                    "description": "The token is missing or wrong.",
                    "content": {"text/html": {"schema": {"const": ""}}},
                },
            },
        }
    },
}
