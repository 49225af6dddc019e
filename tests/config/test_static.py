"""What a browser is given to load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.static import BundledStorage
from tests.page.test_modules import NODE

# Of what a page needs before it shows something, as it is compressed.
MOST_BYTES = 600_000
MAP_WORKER = "maplibre-gl-worker.mjs"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if NODE is None:
        pytest.skip("there is no node")
    directory = tmp_path_factory.mktemp("static")
    list(BundledStorage(location=directory, base_url="/static/").post_process({}))
    return directory / "built"


def test_first_load_is_small(bundles: Path) -> None:
    page = json.loads((bundles / "manifest.json").read_text())["monitoring"]
    names = [page["script"], page["style"], *page["later"], MAP_WORKER]
    assert sum((bundles / f"{name}.br").stat().st_size for name in names) < MOST_BYTES


def test_every_page_has_its_bundle(bundles: Path) -> None:
    manifest = json.loads((bundles / "manifest.json").read_text())
    assert set(manifest) == {"monitoring", "reference", "share"}
    assert all((bundles / name).exists() for page in manifest.values() for name in [page["script"], page["style"]])


def test_what_is_no_longer_built_goes(bundles: Path) -> None:
    (bundles / "old-AAAAAAAA.js").touch()
    list(BundledStorage(location=bundles.parent, base_url="/static/").post_process({}))
    assert not (bundles / "old-AAAAAAAA.js").exists()
