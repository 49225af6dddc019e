"""The documents that are served at `/docs/`."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.wire.errors import ErrorCode
from config.reference.asyncapi import asyncapi_document
from config.reference.openapi import openapi_document
from events.protocol.close_codes import (
    CLOSE_BAD_TEXT,
    CLOSE_NORMAL,
    CLOSE_PROTOCOL_ERROR,
    CLOSE_SERVER_ERROR,
    CLOSE_SERVICE_RESTART,
    CLOSE_TOO_BIG,
    CLOSE_TRY_AGAIN_LATER,
)


def test_openapi_document_is_served(client: Client) -> None:
    answer = client.get("/docs/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert answer.json() == openapi_document()


@pytest.mark.parametrize("secure", [False, True])
def test_asyncapi_document_names_the_server_that_was_asked(client: Client, secure: bool) -> None:
    answer = client.get("/docs/asyncapi.json", secure=secure, headers={"host": "localhost:8123"})
    assert answer.json() == asyncapi_document("localhost:8123", secure=secure)
    assert answer.json()["servers"]["here"] == {
        "host": "localhost:8123",
        "protocol": "wss" if secure else "ws",
        "description": "where this document comes from",
    }


def test_documents_are_for_pages_of_any_origin(client: Client) -> None:
    answer = client.get("/docs/openapi.json", headers={"origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(("peer", "scheme"), [("10.0.0.1", "wss"), ("", "wss"), ("10.0.0.2", "ws")])
def test_only_a_trusted_proxy_is_believed_about_tls(client: Client, settings: Any, peer: str, scheme: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.1/32")]
    headers = {"x-forwarded-proto": "https", "host": "localhost"}
    document = client.get("/docs/asyncapi.json", headers=headers, REMOTE_ADDR=peer).json()
    assert document["servers"]["here"]["protocol"] == scheme
    page = client.get("/docs/", headers=headers, REMOTE_ADDR=peer).content.decode()
    assert f"{scheme}://localhost/event/subscription" in page


def test_every_code_is_explained() -> None:
    table = openapi_document()["x-codes"]
    assert [(one["code"], one["description"], one["http_status"]) for one in table] == [
        (int(code), code.description, code.http_status) for code in ErrorCode
    ]
    assert [one["code"] for one in table if not one["advice"]] == []
    (rate,) = (one["advice"] for one in table if one["code"] == ErrorCode.TOO_MANY_REQUESTS)
    assert f"More than {settings.MAX_REQUESTS_PER_SECOND} calls in a second" in rate


def test_every_code_that_ends_a_websocket_is_explained() -> None:
    codes = {int(code) for code in asyncapi_document("localhost", secure=False)["x-close-codes"]}
    assert codes == {
        CLOSE_NORMAL,
        CLOSE_PROTOCOL_ERROR,
        CLOSE_BAD_TEXT,
        CLOSE_TOO_BIG,
        CLOSE_SERVER_ERROR,
        CLOSE_SERVICE_RESTART,
        CLOSE_TRY_AGAIN_LATER,
    }


def test_every_object_of_the_event_connection_has_a_name() -> None:
    components = asyncapi_document("localhost", secure=False)["components"]
    payloads = {name: message["payload"] for name, message in components["messages"].items()}
    assert {name: payload for name, payload in payloads.items() if "properties" in payload} == {}
    assert payloads["state"] == {"$ref": "#/components/schemas/StateMessage"}
    inner = [field for schema in components["schemas"].values() for field in schema.get("properties", {}).values()]
    assert [field for field in inner if "properties" in field or "properties" in field.get("items", {})] == []


@pytest.mark.parametrize(("item", "said"), [("event", "each with the ids"), ("state", "the bare state")])
def test_page_says_which_shape_this_server_sends(client: Client, settings: Any, item: str, said: str) -> None:
    settings.STATE_BATCH_ITEM = item
    page = " ".join(client.get("/docs/").content.decode().split())
    assert f"This server sends <code>{item}</code>: {said}" in page


@pytest.mark.parametrize(("host", "is_told"), [("localhost:8123", True), ("fleet.example", False)])
def test_only_local_hosts_see_start_instructions(client: Client, settings: Any, host: str, is_told: bool) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "fleet.example"]
    answer = client.get("/docs/", headers={"host": host})
    assert (answer.status_code, "make run" in answer.content.decode()) == (200, is_told)


def test_call_by_another_name_says_which_it_is() -> None:
    paths = openapi_document()["paths"]
    for action in ("create", "list", "delete"):
        assert f"The same as `api/key/{action}`." in paths[f"/user/api_key/{action}"]["post"]["description"]
        assert "The same as" not in paths[f"/api/key/{action}"]["post"]["description"]


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_page_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["object-src"]) == ("'self'", "'self'", "'none'")
    assert re.findall(r'(?:src|href)="(?!/|#)[^"]*"', answer.content.decode()) == []
