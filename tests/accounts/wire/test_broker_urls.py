"""Addresses of brokers, and of the Sentinels that know which one it is."""

from __future__ import annotations

import pytest

from accounts.wire.broker_urls import Watched, parse_watched, split_urls


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("", []),
        ("redis://a", ["redis://a"]),
        ("redis://a, rediss://u:p@b:1/2,unix:///run/x", ["redis://a", "rediss://u:p@b:1/2", "unix:///run/x"]),
        ("redis+sentinel://a,b:1/m,redis://c", ["redis+sentinel://a,b:1/m", "redis://c"]),
    ],
)
def test_lists_are_divided_before_schemes(text: str, urls: list[str]) -> None:
    assert split_urls(text) == urls


@pytest.mark.parametrize(
    ("url", "watched"),
    [
        ("redis://a", None),
        ("unix:///run/x", None),
        ("redis+sentinel://a/m", Watched("m", (("a", 26379),), {})),
        (
            "redis+sentinel://:p%2Fw@a:1,[::1]:2/m/3",
            Watched("m", (("a", 1), ("::1", 2)), {"password": "p/w", "db": 3}),
        ),
    ],
)
def test_sentinels_are_read(url: str, watched: Watched | None) -> None:
    assert parse_watched(url) == watched


@pytest.mark.parametrize("url", ["redis+sentinel://a", "redis+sentinel:///m", "redis+sentinel://a:x/m"])
def test_address_that_names_no_master_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="MASTER"):
        parse_watched(url)
