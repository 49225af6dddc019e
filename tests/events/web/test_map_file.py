"""The map file is given in pieces, and what others offer stands in the policy of the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config.maps import read_grounds, read_map_file
from events.web.map_file import MAX_PIECE_BYTES, NotInFileError, read_range
from tests.events.web.test_shared_pages import told
from trackers.simulation.map_file import write_archive

SIZE = 1000
ADDRESS = "/map.pmtiles"


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-126", (0, 127)),
        ("Bytes=10-19 ", (10, 20)),
        ("bytes=990-5000", (990, 1000)),
        ("bytes=999-", (999, 1000)),
        ("bytes=-10", (990, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("", None),
        ("bytes=-", None),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("bytes=٣-٤", None),
        ("lines=0-1", None),
        ("bytes=0x1-2", None),
        (f"bytes=0-{'9' * 5000}", None),
    ],
)
def test_range_is_read_as_the_standard_says(header: str, piece: tuple[int, int] | None) -> None:
    assert read_range(header, SIZE) == piece


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=999999999999999-"])
def test_range_behind_the_end_is_none(header: str) -> None:
    with pytest.raises(NotInFileError):
        read_range(header, SIZE)


def test_nobody_gets_more_than_a_piece() -> None:
    assert read_range(f"bytes=5-{MAX_PIECE_BYTES + 4}", 10**12) == (5, MAX_PIECE_BYTES + 5)
    with pytest.raises(NotInFileError):
        read_range(f"bytes=5-{MAX_PIECE_BYTES + 5}", 10**12)


@pytest.fixture
def map_file(settings: Any, tmp_path: Path) -> Path:
    path = tmp_path / "town.pmtiles"
    path.write_bytes(write_archive({(0, 0, 0): b"a tile"}, {"name": "Town"}))
    settings.MAP_FILE = path
    return path


def ask(**headers: str) -> Any:
    return Client().get(ADDRESS, headers=headers)


def test_pieces_come_with_what_caches_need(map_file: Path) -> None:
    content = map_file.read_bytes()
    piece = ask(range="bytes=0-6")
    assert (piece.status_code, piece.content) == (206, b"PMTiles")
    assert piece["Content-Range"] == f"bytes 0-6/{len(content)}"
    assert ask(**{"if-none-match": piece["ETag"], "range": "bytes=0-6"}).status_code == 304
    assert ask(**{"if-range": piece["ETag"], "range": "bytes=-1"}).content == content[-1:]
    assert ask(**{"if-range": '"another"', "range": "bytes=-1"}).status_code == 400
    beyond = ask(range=f"bytes={len(content)}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(content)}")
    head = Client().head(ADDRESS)
    assert (head.status_code, head["Content-Length"], head["Accept-Ranges"]) == (200, str(len(content)), "bytes")
    map_file.write_bytes(content + b"more")
    assert ask(range="bytes=0-6")["ETag"] != piece["ETag"]


def test_whole_file_is_refused(map_file: Path) -> None:
    assert ask().status_code == 400
    assert Client().post(ADDRESS).status_code == 405


def test_without_a_file_there_is_none(settings: Any, map_file: Path) -> None:
    map_file.unlink()
    assert ask(range="bytes=0-6").status_code == 404
    settings.MAP_FILE = None
    assert ask(range="bytes=0-6").status_code == 404


def test_page_is_told_of_maps_and_may_load_them(settings: Any, map_file: Path) -> None:
    assert Client().get("/")["Referrer-Policy"] == "same-origin"
    entry = {"name": "Sky", "url": "https://sky.example/{z}/{x}/{y}.jpg", "hosts": ["https://more.example"]}
    settings.MAP_GROUNDS = read_grounds(json.dumps([entry]))
    page = Client().get("/")
    assert [(one["kind"], one["name"]) for one in told(page.content.decode())["grounds"]] == [
        ("file", "Streets"),
        ("tiles", "Sky"),
        ("land", "Land"),
    ]
    assert "img-src 'self' data: blob: https://sky.example https://more.example;" in page["Content-Security-Policy"]
    assert page["Referrer-Policy"] == "strict-origin-when-cross-origin"


@pytest.mark.parametrize(
    "text",
    [
        "https://tiles.example",
        '{"name": "a", "url": "https://a.example"}',
        '[{"name": "a"}]',
        '[{"name": "", "url": "https://a.example"}]',
        '[{"name": "a", "url": "ftp://a.example"}]',
        '[{"name": "a", "url": "https://a.example; script-src *"}]',
        '[{"name": "a", "url": "https://a.example", "hosts": ["*"]}]',
        '[{"name": "a", "url": "https://a.example", "hosts": [7]}]',
        '[{"name": "a", "url": "https://a.example", "key": "b"}]',
    ],
)
def test_maps_that_cannot_be_read_stop_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        read_grounds(text)


def test_file_that_is_no_map_stops_the_start(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"PK\x03\x04")
    for path in (other, tmp_path / "missing", tmp_path):
        with pytest.raises(ImproperlyConfigured):
            read_map_file(str(path))
    assert read_map_file("") is None
