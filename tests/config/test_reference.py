"""The documents that are served at `/docs/`."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from config.reference.asyncapi import asyncapi_document
from config.reference.openapi import openapi_document


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


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_page_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["object-src"]) == ("'self'", "'self'", "'none'")
    assert re.findall(r'(?:src|href)="(?!/|#)[^"]*"', answer.content.decode()) == []
