from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.public_addresses import is_public, literal_address

INNER = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", INNER)
def test_inner_address_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_address_of_the_net_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7F.1", "017700000001", "0177.0.0.1", "127.0.0.1.", "127.0.1"],
)
def test_odd_spelling_is_read_as_resolvers_do(host: str) -> None:
    found = literal_address(host)
    assert found is not None and not is_public(found)
    assert found.packed == socket.inet_aton(host.rstrip("."))


@pytest.mark.parametrize("host", ["[::1]", "[fe80::1%eth0]", "::1"])
def test_address_in_brackets_is_read(host: str) -> None:
    assert literal_address(host) is not None


@pytest.mark.parametrize(
    "host", ["fleet.example", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1", "a.1", "", "localhost"]
)
def test_name_is_no_address(host: str) -> None:
    assert literal_address(host) is None


@given(st.from_regex(r"\A(0x[0-9a-f]{0,9}|0[0-7]{1,11}|[1-9][0-9]{0,10}|0)(\.(0x[0-9a-f]{1,3}|[0-9]{1,4})){0,3}\Z"))
def test_no_spelling_of_resolvers_is_missed(host: str) -> None:
    try:
        expected = socket.inet_aton(host)
    except OSError:
        return
    found = literal_address(host)
    assert found is not None and found.packed == expected
