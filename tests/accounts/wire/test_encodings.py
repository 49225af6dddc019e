"""Who can read what is packed by gzip."""

from __future__ import annotations

import pytest

from accounts.wire.encodings import takes_gzip


@pytest.mark.parametrize(
    "accepted",
    [
        "gzip",
        "gzip, deflate, br, zstd",
        "br;q=1.0,gzip;q=0.8, *;q=0.1",
        "GZip",
        "x-gzip",
        "*",
        "identity;q=0, *",
        "gzip, *;q=0",
        "gzip;q=0, x-gzip",
        "gzip;q=0.001",
        "deflate ; q=0 , gzip ; q=1",
        "gzip;level=0",
        # Weights that are none
        "gzip;q",
        "gzip;q=",
        "gzip;q=high",
        "gzip;q=-1",
        "gzip;;q=1",
        ",,gzip,",
    ],
)
def test_gzip_is_for_who_names_it_or_takes_anything(accepted: str) -> None:
    assert takes_gzip(accepted)


@pytest.mark.parametrize(
    "accepted",
    [
        "",
        "identity",
        "br, deflate",
        "gzip;q=0",
        "gzip;q=0.000",
        "gzip; Q = 0.",
        "GZIP ;q=0, br",
        "gzip;level=1;q=0",
        "x-gzip;q=0",
        "*;q=0",
        "gzip;q=0, *",
        "identity, *;q=0",
        "gzipped, notgzip, gzip-2",
        "br;gzip",
        ";q=1, ,",
    ],
)
def test_gzip_is_not_for_who_refuses_it_or_names_others(accepted: str) -> None:
    assert not takes_gzip(accepted)
