"""Where a request comes from, when there are proxies before us and people who lie."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.wire.addresses import client_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"), ip_network("127.0.0.1")]
trusted_addresses = st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="2001:db8:1::/48")
other_addresses = st.ip_addresses(network="203.0.113.0/24") | st.ip_addresses(network="2001:db8:2::/48")
header_texts = st.text(st.characters(codec="latin-1"), max_size=30) | st.lists(
    st.ip_addresses().map(str) | st.just(""), max_size=4
).map(", ".join)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7,10.0.0.3,  10.0.0.2 ", "203.0.113.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", ",, 203.0.113.7, ,", "203.0.113.7"),
        ("10.0.0.1", " , ,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "unknown"),
        ("10.0.0.1", "127.0.0.1, 10.0.0.2", "127.0.0.1"),
    ],
)
def test_list_is_read_backwards_past_trusted_proxies(peer: str, forwarded_for: str, expected: str) -> None:
    assert client_address(peer, forwarded_for, PROXIES) == expected


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("2001:db8:2::7", "198.51.100.1", "2001:db8:2::7"),
        ("2001:DB8:1::1", "2001:0db8:0002:0000:0000:0000:0000:0007", "2001:db8:2::7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"),
        ("fe80::1%eth0", "198.51.100.1", "fe80::1%eth0"),
    ],
)
def test_each_address_has_one_spelling(peer: str, forwarded_for: str, expected: str) -> None:
    assert client_address(peer, forwarded_for, PROXIES) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8:2::7]:51234", "2001:db8:2::7"),
        ("[2001:DB8:2::0007]", "2001:db8:2::7"),
        ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
        ("2001:db8:2::7", "2001:db8:2::7"),
        ("unknown:51234", "unknown:51234"),
        ("203.0.113.7:", "203.0.113.7:"),
        ("203.0.113.7:x", "203.0.113.7:x"),
        ("203.0.113.7:123456", "203.0.113.7:123456"),
        ("[203.0.113.7]:1", "[203.0.113.7]:1"),
        ("[2001:db8:2::7", "[2001:db8:2::7"),
    ],
)
def test_port_is_no_part_of_address(entry: str, expected: str) -> None:
    assert client_address("10.0.0.1", entry, PROXIES) == expected
    assert client_address("10.0.0.1", f"{entry}, 10.0.0.2:443", PROXIES) == expected


@pytest.mark.parametrize(
    ("forwarded_for", "expected"),
    [("", ""), ("203.0.113.7", "203.0.113.7"), ("198.51.100.1, 203.0.113.7", "203.0.113.7"), ("nobody", "nobody")],
)
def test_unix_socket_connections_are_of_this_machine(forwarded_for: str, expected: str) -> None:
    assert client_address("", forwarded_for, []) == expected
    assert client_address("", forwarded_for, PROXIES) == expected


@given(peer=other_addresses, forwarded_for=header_texts)
def test_header_of_an_untrusted_peer_is_ignored(peer: object, forwarded_for: str) -> None:
    assert client_address(str(peer), forwarded_for, PROXIES) == str(peer)


@given(peer=st.ip_addresses(), forwarded_for=header_texts)
def test_without_trusted_proxies_the_peer_is_the_client(peer: object, forwarded_for: str) -> None:
    assert client_address(str(peer), forwarded_for, []) == client_address(str(peer), "", [])


@given(client=other_addresses, proxies=st.lists(trusted_addresses, min_size=1, max_size=4), written=header_texts)
def test_proxies_win_over_what_clients_write(client: object, proxies: list[object], written: str) -> None:
    *between, peer = map(str, proxies)
    forwarded_for = ",".join([written, str(client), *between])
    assert client_address(peer, forwarded_for, PROXIES) == str(client)


@given(peer=st.ip_addresses() | st.text(max_size=8), forwarded_for=header_texts)
def test_address_is_always_in_normal_form(peer: object, forwarded_for: str) -> None:
    found = client_address(str(peer), forwarded_for, PROXIES)
    assert client_address(found, "", []) == found
    assert is_ipv4_or_not_mapped(found)


def is_ipv4_or_not_mapped(address: str) -> bool:
    try:
        return getattr(ip_address(address), "ipv4_mapped", None) is None
    except ValueError:
        return True
