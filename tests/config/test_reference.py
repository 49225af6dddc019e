"""The documents that are served at `/docs/`."""

from __future__ import annotations

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
