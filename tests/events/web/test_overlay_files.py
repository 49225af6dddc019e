"""Files that lie over the map are given whole, and who owns tiles stands in the policy of the page."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from config.overlays import MAX_FILE_BYTES, Overlay
from tests.events.web.test_shared_pages import told

ADDRESS = "/overlays/1.geojson"
CONTENT = json.dumps({"type": "FeatureCollection", "features": [], "note": "a" * 500}).encode()


@pytest.fixture
def depots(settings: Any, tmp_path: Path) -> Path:
    path = tmp_path / "depots.geojson"
    path.write_bytes(CONTENT)
    rain = Overlay("Rain", url="https://rain.example/{z}/{x}/{y}.png", opacity=0.5)
    settings.MAP_OVERLAYS = [rain, Overlay("Depots", path, color="#0b5ed7", shown=True)]
    return path


def test_file_comes_as_it_is_now(depots: Path) -> None:
    answer = Client().get(ADDRESS)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, CONTENT, "application/geo+json")
    assert Client().get(ADDRESS, headers={"if-none-match": answer["ETag"]}).status_code == 304
    packed = Client().get(ADDRESS, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == CONTENT
    assert Client().get(ADDRESS, headers={"accept-encoding": "gzip;q=0"}).content == CONTENT
    depots.write_bytes(CONTENT + b"\n")
    assert Client().get(ADDRESS, headers={"if-none-match": answer["ETag"]}).content == CONTENT + b"\n"


def test_file_is_read_anew_only_when_its_time_or_size_is_another(depots: Path) -> None:
    assert Client().get(ADDRESS).content == CONTENT
    times = depots.stat().st_atime_ns, depots.stat().st_mtime_ns
    other = CONTENT.replace(b"a", b"b")
    depots.write_bytes(other)
    os.utime(depots, ns=times)
    assert Client().get(ADDRESS).content == CONTENT
    os.utime(depots, ns=(times[0], times[1] + 1))
    assert Client().get(ADDRESS).content == other


def test_no_other_file_comes(depots: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert [Client().get(f"/overlays/{number}.geojson").status_code for number in (0, 2, 10**20)] == [404, 404, 404]
    assert Client().post(ADDRESS).status_code == 405
    depots.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    assert Client().get(ADDRESS).status_code == 404
    depots.unlink()
    assert Client().get(ADDRESS).status_code == 404
    said = [one.getMessage() for one in caplog.records if one.name == "events.web.overlay_files"]
    assert [text.partition(":")[0] for text in said] == ["the overlay 'Depots' cannot be given"] * 2


def test_page_is_told_of_overlays_and_may_load_them(settings: Any, depots: Path) -> None:
    page = Client().get("/")
    rain, file = told(page.content.decode())["overlays"]
    assert (rain["kind"], rain["url"], rain["opacity"]) == ("tiles", "https://rain.example/{z}/{x}/{y}.png", 0.5)
    assert (file["kind"], file["url"], file["color"], file["shown"]) == ("file", ADDRESS, "#0b5ed7", True)
    assert "img-src 'self' data: blob: https://rain.example;" in page["Content-Security-Policy"]
    assert page["Referrer-Policy"] == "strict-origin-when-cross-origin"
    settings.MAP_OVERLAYS = settings.MAP_OVERLAYS[1:]
    page = Client().get("/")
    assert "rain.example" not in page["Content-Security-Policy"]
    assert page["Referrer-Policy"] == "same-origin"
