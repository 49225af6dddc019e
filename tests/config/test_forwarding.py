"""Who is believed that the browser speaks TLS."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from django.test import AsyncClient, Client

PUBLIC = "https://fleet.example/docs/"


@pytest.fixture(autouse=True)
def secure_site(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "fleet.example"
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "says", "is_believed"),
    [
        ("10.0.0.1", "https", True),
        ("10.0.0.1", "http", False),
        ("10.0.0.1", None, False),
        # Over a unix socket.
        ("", "https", True),
        ("203.0.113.7", "https", False),
        ("::1", "https", False),
        ("::ffff:10.0.0.1", "https", True),
    ],
)
def test_only_trusted_proxies_are_believed(client: Client, peer: str, says: str | None, is_believed: bool) -> None:
    headers = {} if says is None else {"X-Forwarded-Proto": says}
    answer = client.get("/docs/", headers=headers, REMOTE_ADDR=peer)
    assert answer.status_code == (200 if is_believed else 301)
    assert is_believed or answer["location"] == PUBLIC


async def test_same_holds_without_a_thread(async_client: AsyncClient) -> None:
    answer = await async_client.get("/docs/", headers={"X-Forwarded-Proto": "https"})
    assert (answer.status_code, answer["location"]) == (301, PUBLIC)


def test_address_of_pages_follows_who_is_believed(client: Client) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    document = client.get("/docs/asyncapi.json", headers=headers, REMOTE_ADDR="10.0.0.1").json()
    assert [one["protocol"] for one in document["servers"].values()] == ["wss"]
