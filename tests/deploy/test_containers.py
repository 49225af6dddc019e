"""The container files say the same as the rest; there may be no engine here to try them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.management.commands.serve import Command
from tests.end_to_end.servers import ROOT

CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
OURS = [name for name, service in COMPOSE["services"].items() if service["image"].startswith("fleetsphere")]


def test_image_has_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {COMPOSE["services"][name]["image"] for name in OURS} == {f"fleetsphere:{version}"}


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_each_service_is_asked_how_it_is_or_answers_nobody(name: str) -> None:
    health = COMPOSE["services"][name].get("healthcheck", {})
    assert name == "web" or "test" in health or health == {"disable": True}
    assert "HEALTHCHECK" in CONTAINERFILE and "/readyz" in CONTAINERFILE


@pytest.mark.parametrize("name", OURS)
def test_container_sets_settings_that_there_are(name: str) -> None:
    rows = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert set(COMPOSE["services"][name]["environment"]) <= rows


def test_nothing_is_served_before_the_tables_are_made() -> None:
    waiting = {name: COMPOSE["services"][name]["depends_on"] for name in OURS if name != "migrate"}
    assert all(after == {"migrate": {"condition": "service_completed_successfully"}} for after in waiting.values())


def test_container_is_given_longer_to_end_than_the_server_takes() -> None:
    drain_s = Command().create_parser("manage.py", "serve").get_default("drain_seconds")
    assert int(COMPOSE["services"]["web"]["stop_grace_period"].removesuffix("s")) > drain_s


@pytest.mark.parametrize("copied", re.findall(r"^COPY (?!--from)(\S+) ", CONTAINERFILE, re.MULTILINE))
def test_what_is_copied_is_there(copied: str) -> None:
    assert Path(ROOT / copied).exists()
