"""What the scope of an ASGI connection says of its client."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from events.protocol.connection import Connection
from events.transports._caller import Caller

PROXY = "10.0.0.1"


def call(**changes: Any) -> Caller:
    scope = {
        "path": "/event/subscription",
        "query_string": b"X-Atmosphere-tracking-id=abc",
        "headers": [],
        "client": [PROXY, 4711],
    }
    return Caller(scope | changes)


@pytest.mark.atmosphere(57)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/event/subscription", "/event/subscription"),
        ("/event/subscription/", "/event/subscription"),
        ("/v2/event/subscription", "/v2/event/subscription"),
    ],
)
def test_client_is_known_by_path_id_and_address(path: str, expected: str) -> None:
    identity = call(path=path).identity
    assert (identity.path, identity.tracking_id, identity.address) == (expected, "abc", PROXY)


def test_address_counts_only_if_it_is_to_bind(settings: Any) -> None:
    settings.ATMOSPHERE_BIND_ADDRESS = False
    caller = call()
    assert caller.identity.address == ""
    assert caller.address == PROXY


@pytest.mark.parametrize(
    ("trusted", "headers", "expected"),
    [
        ([], [(b"X-Forwarded-For", b"203.0.113.7")], PROXY),
        (["10.0.0.0/8"], [(b"X-Forwarded-For", b"203.0.113.7")], "203.0.113.7"),
        (["10.0.0.0/8"], [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.7")], "203.0.113.7"),
        (["10.0.0.0/8"], [(b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-for", b"10.0.0.2")], "203.0.113.7"),
        (["10.0.0.0/8"], [(b"x-forwarded-for", b"\xff")], "\xff"),
        (["10.0.0.0/8"], [], PROXY),
    ],
)
def test_address_is_that_behind_the_trusted_proxies(
    settings: Any, trusted: list[str], headers: list[tuple[bytes, bytes]], expected: str
) -> None:
    settings.TRUSTED_PROXIES = list(map(ip_network, trusted))
    assert call(headers=headers).address == expected


@pytest.mark.parametrize("client", [None, ["", 0], [None, None]])
def test_unix_socket_has_no_address(settings: Any, client: Any) -> None:
    assert call(client=client).address == ""
    assert call(client=client, headers=[(b"x-forwarded-for", b"203.0.113.7")]).address == "203.0.113.7"


@pytest.mark.atmosphere(5, 6)
@pytest.mark.parametrize("tracking_id", ["0", "a|b"])
def test_client_without_an_id_gets_a_new_one(tracking_id: str) -> None:
    query = f"X-Atmosphere-tracking-id={tracking_id}".encode()
    first, second = call(query_string=query), call(query_string=query)
    assert first.tracking_id != second.tracking_id
    assert len(first.tracking_id) == 53
    assert first.identity.tracking_id == first.tracking_id
    assert first.make_connection(Connection).tracking_id == first.tracking_id


@pytest.mark.atmosphere(1)
def test_parameters_are_read_from_headers_too() -> None:
    caller = call(
        query_string=b"", headers=[(b"X-Atmosphere-Tracking-Id", b"abc"), (b"X-Atmosphere-Transport", b"SSE")]
    )
    assert (caller.tracking_id, caller.parameters.transport) == ("abc", "sse")
