"""Holds what the tests see against the descriptions of calls and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from accounts.errors import ErrorCode
from accounts.schema_terms import Schema, list_of, object_of, one_of, open_object, optional, text
from config.reference.calls import CALLS

PARAMETER_ERRORS = list_of(object_of({"parameter": text(), "error": text()}), least=1)


def check_answer(path: str, parameters: Mapping[str, Any], status: int, answer: Any) -> None:
    """Fails unless the description of the call allows the answer and, of a success, the parameters."""
    route = re.sub(r"^(v2|api-v2)/", "", path.partition("?")[0].strip("/"))
    if route not in CALLS:
        assert answer["status"]["code"] in (ErrorCode.WRONG_HANDLER, ErrorCode.WRONG_METHOD), (
            f"{route} is not described"
        )
        return
    if answer["success"]:
        assert status == 200
        _check(_result(route), answer, f"answer of {route}")
        _check(_parameters(route), _given(parameters), f"parameters of {route}")
    else:
        _check_failure(route, status, answer)


def _check_failure(route: str, status: int, answer: Any) -> None:
    code = ErrorCode(answer["status"]["code"])
    assert code in CALLS[route].codes, f"{route} answers {code}, which is not described"
    assert status == code.http_status
    _check(_failure(code), answer, f"failure of {route}")


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Null is as good as nothing."""
    return {name: value for name, value in parameters.items() if value is not None}


def _check(validator: jsonschema_rs.Validator, value: Any, what: str) -> None:
    errors = [f"{'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]
    assert not errors, f"{what} is not as described: {errors}"


@cache
def _result(route: str) -> jsonschema_rs.Validator:
    return compiled(object_of({"success": {"const": True}, **CALLS[route].result}))


@cache
def _parameters(route: str) -> jsonschema_rs.Validator:
    return compiled(loosened(open_object(CALLS[route].parameters)))


@cache
def _failure(code: ErrorCode) -> jsonschema_rs.Validator:
    status = object_of({"code": {"const": int(code)}, "description": one_of(code.description)})
    errors = {"errors": optional(PARAMETER_ERRORS)}
    if code is ErrorCode.INVALID_PARAMETERS:
        errors = {"errors": PARAMETER_ERRORS}
    return compiled(object_of({"success": {"const": False}, "status": status, **errors}))


def compiled(schema: Schema) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(schema)


def loosened(schema: Any) -> Any:
    """The same for what may come as text as well: numbers, booleans and lists (contract 1.2); texts as numbers."""
    if isinstance(schema, list):
        return [loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {name: loosened(value) for name, value in schema.items()}
    match schema.get("type"):
        case "integer" | "number":
            return {"anyOf": [loose, {"type": "string", "pattern": r"^\s*-?[0-9.]+\s*$"}]}
        case "boolean":
            return {"anyOf": [loose, {"type": "string", "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"}]}
        case "array" | "object" if schema.get("additionalProperties") is not True:
            return {"anyOf": [loose, {"type": "string", "pattern": r"^\s*[\[{]"}]}
        case "string":
            return {"anyOf": [loose, {"type": "number"}]}
    return loose
