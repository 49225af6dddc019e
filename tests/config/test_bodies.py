"""How much of requests' bodies may be in hand."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from config.bodies import Bodies

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


@pytest.fixture
def bodies(settings: Any) -> Bodies:
    """Four hundred bytes may be in hand, one hundred of an address."""
    settings.MAX_BODY_BYTES_IN_HAND = 400
    return Bodies()


def test_bodies_of_an_address_have_a_bound(bodies: Bodies) -> None:
    assert bodies.take(HOME, 60, now=0)
    assert not bodies.take(HOME, 60, now=0)
    assert bodies.take(ELSEWHERE, 60, now=0)
    bodies.give_back(HOME, 60)
    assert bodies.take(HOME, 100, now=0)
    assert bodies.bytes == 160


def test_bodies_of_all_addresses_have_a_bound(bodies: Bodies) -> None:
    taken = [bodies.take(f"198.51.100.{number}", 90, now=0) for number in range(10)]
    assert taken.count(True) == 4


def test_network_of_one_subscriber_is_one_address(bodies: Bodies) -> None:
    assert bodies.take("2001:db8::1", 60, now=0)
    assert not bodies.take("2001:db8::2", 60, now=0)


def test_trusted_proxy_may_bring_all(bodies: Bodies, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network(f"{HOME}/32")]
    assert bodies.take(HOME, 390, now=0)
    assert not bodies.take(HOME, 20, now=0)


def test_fullness_is_logged_once_a_minute(bodies: Bodies, caplog: pytest.LogCaptureFixture) -> None:
    for now in (0, 1, 59, 61):
        bodies.take(HOME, 500, now=now)
    assert len([line for line in caplog.messages if "MAX_BODY_BYTES_IN_HAND" in line]) == 2
