"""Where it is listened, and how that is said."""

from __future__ import annotations

import os
import socket

import pytest

from config.serving.listening import Address, CannotServe, open_listener, parse_address, passed_listener
from tests.patience import PATIENCE_S


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", Address("127.0.0.1", 8000)),
        ("localhost:80", Address("localhost", 80)),
        ("[::1]:8000", Address("::1", 8000)),
        (":8000", Address("0.0.0.0", 8000)),
        (" 0.0.0.0:65535 ", Address("0.0.0.0", 65535)),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "8000", "localhost", "localhost:", "h:0", "h:65536", "h:-1", "::1:80", "[::1]", "h:٣"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_listener_takes_connections_of_either_family(host: str) -> None:
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        port = probe.getsockname()[1]
    with open_listener(Address(host, port)) as listener, socket.create_connection((host, port)):
        listener.settimeout(PATIENCE_S)
        listener.accept()[0].close()


def test_socket_of_another_process_is_left_alone() -> None:
    environment = {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid() + 1)}
    assert passed_listener(environment) is None


def test_several_passed_sockets_are_refused() -> None:
    with pytest.raises(CannotServe, match="2 sockets"):
        passed_listener({"LISTEN_FDS": "2", "LISTEN_PID": str(os.getpid())})
