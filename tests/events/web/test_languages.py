"""In which language a page comes, and where its script gets the texts."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "chosen", "told"),
    [
        ("", None, ("en", "ltr")),
        ("fr-CA,fr;q=0.9,en;q=0.8", None, ("fr", "ltr")),
        ("hu, pt-BR;q=0.8, de;q=0.5", None, ("pt", "ltr")),
        ("de;q=0, ar", None, ("ar", "rtl")),
        ("*", None, ("en", "ltr")),
        ("nonsense;;;q=x", None, ("en", "ltr")),
        ("fr", "ar", ("ar", "rtl")),
        ("fr", "../../x", ("fr", "ltr")),
    ],
)
def test_language_is_the_chosen_one_or_asked_for(asked: str, chosen: str | None, told: tuple[str, str]) -> None:
    client = Client(headers={"Accept-Language": asked})
    if chosen is not None:
        client.cookies["language"] = chosen
    response = client.get("/")
    assert re.search(r'<html lang="(\w+)" dir="(\w+)">', response.content.decode()).groups() == told
    assert response["Content-Language"] == told[0]
    assert {"accept-language", "cookie"} <= {name.strip().lower() for name in response["Vary"].split(",")}


def test_texts_come_in_a_script_that_is_kept() -> None:
    client = Client(headers={"Accept-Language": "de"})
    address = re.search(r'<script defer src="(/words/[^"]+)">', client.get("/").content.decode())[1]
    response = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in response["Cache-Control"]
    script = gzip.decompress(response.content).decode()
    for plain in ("identity", "gzip;q=0"):
        assert client.get(address, headers={"Accept-Encoding": plain}).content.decode() == script
    assert json.loads(script.partition("=")[2].rstrip(";\n"))["language"] == "de"


@pytest.mark.parametrize("language", ["de", "en", "xx"])
def test_texts_by_an_old_name_are_not_kept(language: str) -> None:
    response = Client().get(f"/words/{language}-000000000000.js")
    kept = (response.status_code, response.headers.get("Cache-Control"))
    assert kept == ((200, "no-cache") if language == "de" else (404, None))
