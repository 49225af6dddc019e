"""The package that `make wheel` builds, in an environment without node, git and a checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from accounts.api.languages import ENGLISH, LANGUAGES
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.servers import ROOT, wait_until
from tests.end_to_end.test_make_run import START_TIMEOUT_S, is_written
from tests.patience import PATIENCE_S
from tests.ports import free_port


@pytest.fixture(scope="module")
def demo(fleetsphere: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What `fleetsphere demo` tells when it is ready, in an empty directory and with no program to be found."""
    directory = tmp_path_factory.mktemp("demo")
    environment = {"PATH": "", "PORT": str(free_port()), "TRACKERS": "3", "HOME": str(directory)}
    demo_file = directory / "var" / "demo.json"
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            [fleetsphere, "demo"], cwd=directory, env=environment, stdout=log, stderr=log, text=True
        )
    try:
        wait_until(lambda: is_written(demo_file, process), "demo.json", START_TIMEOUT_S)
        yield json.loads(demo_file.read_text())
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def test_wheel_has_one_name_only(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"fleetsphere"}


def test_wheel_has_licences_of_what_it_brings(wheel: Path) -> None:
    licences = [name for name in zipfile.ZipFile(wheel).namelist() if "/licenses/" in name]
    assert {"maplibre-gl", "topojson-client", "world-atlas"} <= {name.split("/")[-2] for name in licences}


def test_command_keeps_its_data_where_it_is_given(fleetsphere: Path, tmp_path: Path) -> None:
    environment = {"SECRET_KEY": "only-for-tests-" + "0" * 40}
    subprocess.run([fleetsphere, "migrate", "--verbosity=0"], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "var" / "db.sqlite3").exists()
    tables = subprocess.run([fleetsphere, "migrate", "--check"], cwd=tmp_path, env=environment, timeout=60)
    assert tables.returncode == 0


def test_command_sees_no_package_of_the_same_name(fleetsphere: Path, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "__init__.py").write_text("raise RuntimeError('another program')")
    environment = {"SECRET_KEY": "only-for-tests-" + "0" * 40, "PYTHONPATH": str(tmp_path)}
    subprocess.run([fleetsphere, "check"], cwd=tmp_path, env=environment, check=True, timeout=60)


def test_installed_package_serves_whatever_the_page_names(demo: dict[str, str]) -> None:
    with httpx.Client(base_url=demo["url"], timeout=PATIENCE_S) as client:
        named = [
            address
            for page in ("/", "/docs/", "/admin/login/", "/password/restore")
            for address in re.findall(r'"(/static/[^"]+\.\w+)"', client.get(page).text)
        ]
        assert len(named) > 10
        assert {address: client.get(address).status_code for address in named} == dict.fromkeys(named, 200)


def test_installed_package_brings_every_language(demo: dict[str, str]) -> None:
    with httpx.Client(base_url=demo["url"], timeout=PATIENCE_S) as client:
        for language in LANGUAGES.keys() - {ENGLISH}:
            page = client.get("/", headers={"Accept-Language": language})
            (words,) = re.findall(r'"(/words/[^"]+)"', page.text)
            assert (page.headers["Content-Language"], client.get(words).status_code) == (language, 200)


@pytest.mark.browser
@needs_chromium
def test_installed_page_shows_the_fleet_in_a_browser(demo: dict[str, str]) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        lacking: list[str] = []
        page.on("response", lambda answer: lacking.append(answer.url) if answer.status >= 400 else None)
        page.on("pageerror", lambda error: lacking.append(str(error)))
        page.goto(demo["url"])
        page.fill("input[name=login]", demo["login"])
        page.fill("input[name=password]", demo["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("#link[data-state=live]")
        wait_until(lambda: len(page.evaluate("fleetsphere.states()")) == 3, "three vehicles")
        assert lacking == []


def test_wheel_cannot_be_built_without_the_packages_of_the_page(tmp_path: Path) -> None:
    """Rather than a package whose page stays empty."""
    for name in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "deploy",
        "accounts",
        "alerts",
        "config",
        "records",
        "trackers",
    ):
        os.symlink(ROOT / name, tmp_path / name)
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"], cwd=tmp_path, capture_output=True, text=True
    )
    assert built.returncode != 0
    assert "make wheel" in built.stderr
