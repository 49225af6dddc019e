"""Holds what the tests see against the descriptions of calls and messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from accounts.wire.errors import ErrorCode
from accounts.wire.schema import list_of, object_of, open_object, optional
from accounts.wire.terms import ID, Schema, one_of, text
from config.reference.calls import CALLS
from config.reference.devices import ANY_WAY_IN
from events.protocol.commands import Action
from events.protocol.schema import COMMANDS, MESSAGES
from trackers.intake.schema import REASON, WAYS_IN
from trackers.reports.requests import JSON

PARAMETER_ERRORS = list_of(object_of({"parameter": text(), "error": text()}), least=1)
ENTITIES = list_of(object_of({"type": text(), "ids": list_of(ID)}), least=1)


def check_answer(path: str, parameters: Mapping[str, Any], status: int, answer: Any) -> None:
    """Fails unless the description of the call allows the answer and, of a success, the parameters."""
    route = path.partition("?")[0].strip("/")
    route = route if route in CALLS else re.sub(r"^(v2|api-v2|api)/", "", route)
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


def check_way_in(address: str, status: int, content_type: str, body: str) -> None:
    """Fails unless the description of a way in has this answer to a device."""
    way = next(way for way in WAYS_IN if f"ingest/{way.name}" in address)
    assert status in {200, *way.statuses, *ANY_WAY_IN}, f"{way.name} answers {status}, which is not described"
    contents = way.success if status == 200 else REASON
    assert content_type in contents, f"{way.name} answers {content_type}, which is not described"
    answer = json.loads(body) if content_type == JSON else body
    _check(compiled(contents[content_type]), answer, f"answer of {way.name}")


def check_message(message: Any) -> None:
    """Fails unless a message from the server is as described."""
    name = message["event"] if message["type"] == "event" else _ANSWERS.get(message.get("action"), "")
    name = "error" if message["type"] == "error" else name
    assert name in _MESSAGES, f"{message} is not described"
    _check(_message(name), message, name)


def check_command(command: Any) -> None:
    """Fails unless a command that was carried out is as described; numbers and lists may have come as text."""
    if isinstance(command, str | bytes):
        command = json.loads(command)
    _check(_message(command["action"]), _without_nulls(command), command["action"])


_ANSWERS = {action.full_name: f"{action.value}d" for action in Action}
_COMMANDS = {command.name for command in COMMANDS}
_MESSAGES = {message.name: message for message in (*COMMANDS, *MESSAGES)}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value


@cache
def _message(name: str) -> jsonschema_rs.Validator:
    payload = _MESSAGES[name].payload
    return compiled(loosened(payload) if name in _COMMANDS else payload)


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
    if code is ErrorCode.IN_USE:
        errors = {"entities": ENTITIES}
    return compiled(object_of({"success": {"const": False}, "status": status, **errors}))


def compiled(schema: Schema) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(schema)


def loosened(schema: Any) -> Any:
    """The same for what may come as text as well: numbers, booleans and lists (api §1.2); texts as numbers."""
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
