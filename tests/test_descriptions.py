"""Every call is described, and nothing that is not there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest

from accounts.wire.schema import open_object
from config.places import PAGE_PACKAGES
from config.reference.asyncapi import asyncapi_document
from config.reference.calls import CALLS, DECLARED, SCHEMAS
from config.reference.openapi import openapi_document
from config.urls import api, pages
from events.protocol.schema import COMMANDS, HANDSHAKE_FRAME, HEARTBEAT_FRAME, MESSAGES, MessageSchema
from tests.described import check_answer, check_command, check_message, compiled
from trackers.reports.requests import WAYS_IN

ROOT = Path(__file__).resolve().parent.parent
# For people, and what their pages load.
PAGES = {"monitoring", "reference", "share", "words", "map-file", "overlay"}
ASYNCAPI = PAGE_PACKAGES / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"


def routes() -> list[str]:
    names = [str(pattern.pattern).strip("^$") for pattern in api]
    return [name.removesuffix("/?") for name in names if name.endswith("/?") and not name.startswith("ingest/")]


def test_every_call_is_described_and_nothing_else() -> None:
    assert sorted(CALLS) == sorted(routes())


def test_no_call_is_described_twice() -> None:
    assert len(CALLS) == len(SCHEMAS)


def test_openapi_document_is_valid() -> None:
    openapi_spec_validator.validate(openapi_document())


def test_openapi_document_has_every_address_of_the_api() -> None:
    ways_in = [f"ingest/{name}" for name in WAYS_IN]
    probes = [str(pattern.pattern) for pattern in pages if pattern.name not in PAGES]
    assert sorted(openapi_document()["paths"]) == sorted(f"/{route}" for route in [*routes(), *ways_in, *probes])


def test_asyncapi_document_is_valid() -> None:
    official = jsonschema_rs.validator_for(json.loads(ASYNCAPI.read_text()))
    document = asyncapi_document("fleet.example", secure=True)
    assert [error.message for error in official.iter_errors(document)] == []
    del document["channels"]["events"]["address"], document["info"]["title"]
    assert not official.is_valid(document)


@pytest.mark.parametrize("message", [*MESSAGES, *COMMANDS, HANDSHAKE_FRAME, HEARTBEAT_FRAME], ids=lambda one: one.name)
def test_example_of_a_message_is_as_described(message: MessageSchema) -> None:
    compiled(message.payload).validate(message.example)


def test_examples_of_calls_are_as_described() -> None:
    document = openapi_document()
    components = {"components": document["components"]}
    bodies = [one["content"] for one in find_values(document, "requestBody") if "content" in one]
    answers = [one["content"] for one in document["components"]["responses"].values()]
    wrong, seen = [], 0
    for media in (media for content in (*bodies, *answers) for media in content.values()):
        examples = [*([media["example"]] if "example" in media else []), *values_of(media.get("examples", {}))]
        validator = compiled({**components, **media["schema"]})
        wrong += [example for example in examples if not validator.is_valid(example)]
        seen += len(examples)
    assert (wrong, seen > 50) == ([], True)


@pytest.mark.parametrize(
    "route", ["user/auth", "tracker/list", "tracker/get_state", "tracker/readings/list", "tracker/group/create"]
)
def test_call_that_everybody_makes_has_an_example(route: str) -> None:
    document = openapi_document()
    body = document["paths"][f"/{route}"]["post"]["requestBody"]["content"]["application/json"]
    answer = document["components"]["responses"][route.replace("/", "_")]["content"]["application/json"]
    assert body["example"].keys() <= body["schema"]["properties"].keys()
    assert answer["example"]["success"] is True


def values_of(examples: Any) -> list[Any]:
    return [one["value"] for one in examples.values()]


def find_values(value: Any, name: str) -> Any:
    """Every value under this name in a document."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for item in value.values():
            yield from find_values(item, name)


def test_every_reference_in_the_documents_leads_somewhere() -> None:
    for document in (openapi_document(), asyncapi_document("fleet.example", secure=False)):
        references = list(find_references(document))
        assert references
        assert [one for one in references if not leads_somewhere(document, one)] == []


def find_references(value: Any) -> Any:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from find_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from find_references(item)


def leads_somewhere(document: Any, reference: str) -> bool:
    for part in reference.removeprefix("#/").split("/"):
        document = document.get(part)
        if document is None:
            return False
    return True


@pytest.mark.parametrize(
    ("parameters", "status", "answer"),
    [
        ({}, 200, {"success": True, "type": "authenticated"}),
        ({}, 200, {"success": True, "type": "authenticated", "hash": "0" * 31}),
        ({}, 200, {"success": True, "type": "authenticated", "hash": "0" * 32, "more": 1}),
        ({"dealer_id": "one"}, 200, {"success": True, "type": "authenticated", "hash": "0" * 32}),
        ({}, 200, {"success": False, "status": {"code": 102, "description": "Wrong login or password"}}),
        ({}, 400, {"success": False, "status": {"code": 102, "description": "Wrong"}}),
        ({}, 400, {"success": False, "status": {"code": 201, "description": "Not found in database"}}),
        ({}, 400, {"success": False, "status": {"code": 7, "description": "Invalid parameters"}}),
    ],
)
def test_answer_that_is_not_as_described_is_found(parameters: Any, status: int, answer: Any) -> None:
    sent = {"login": "alice@fleet.example", "password": "secret"}
    right = {"success": True, "type": "authenticated", "hash": "0" * 32}
    check_answer("user/auth", {**sent, "dealer_id": "1"}, 200, right)
    with pytest.raises(AssertionError):
        check_answer("user/auth", {**sent, **parameters}, status, answer)


def test_message_that_is_not_as_described_is_found() -> None:
    right = {"type": "event", "event": "lifecycle", "data": {"source_id": 7, "lifecycle_event": "block"}}
    check_message(right)
    for wrong in ({"event": "birth"}, {"data": {"source_id": 7}}, {"user_time": "2024-05-02 08:15:07"}):
        with pytest.raises(AssertionError):
            check_message({**right, **wrong})


def test_command_that_is_not_as_described_is_found() -> None:
    right = {"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": "[1, 2]", "format": None}
    check_command(right)
    with pytest.raises(AssertionError):
        check_command({**right, "events": ["birth"]})


def test_described_and_read_parameters_are_the_same() -> None:
    declared = {name for call in DECLARED for name in call.signature.fields}
    described = {name for call in CALLS.values() for name in call.parameters}
    inner = set(re.findall(r'"(\w+)"', json.dumps([open_object(call.parameters) for call in CALLS.values()])))
    code = "\n".join(path.read_text() for path in sources())
    read = set(re.findall(r'(?:parameters|document)\.\w+\(\s*"(\w+)"|"(\w+)" in (?:call\.)?parameters', code))
    names = {first or second for first, second in read}
    assert len(names | declared) > 30
    assert names - described - inner == set()
    assert {name for name in described - declared if f'"{name}"' not in code} == set()


def sources() -> list[Path]:
    """The code behind the calls, without the descriptions."""
    files = [file for app in ("accounts", "trackers", "records", "alerts") for file in (ROOT / app).rglob("*.py")]
    return [file for file in files if not file.name.endswith("schemas.py") and file.parent.name != "migrations"]
