"""What is installed is what pyproject.toml asks for, as `make lock` maps its extras to files: pinned, with hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^\t\$\(COMPILE\) pyproject\.toml(.*) --output-file (\S+)$", re.MULTILINE)
EXTRAS_OF = {
    file: re.findall(r"--extra (\S+)", options) for options, file in LOCKED.findall((ROOT / "Makefile").read_text())
}
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
COMMENT = re.compile(r"^ +# ")
ADDRESS = re.compile(r"://|@ |--(?:index|extra-index|find-links|trusted)", re.IGNORECASE)


def asked_for(extras: list[str]) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    return [Requirement(line) for line in sum((optional[extra] for extra in extras), project["dependencies"])]


def with_extras(requirement: Requirement) -> list[str]:
    """The package, and those that its extras are named after, as psycopg[binary] is psycopg-binary."""
    name = canonicalize_name(requirement.name)
    return [name, *(canonicalize_name(f"{name}-{extra}") for extra in requirement.extras)]


def pins(file: str) -> dict[str, list[str]]:
    """By package its versions, of which it has several where they differ between platforms."""
    versions: dict[str, list[str]] = {}
    for line in (ROOT / file).read_text().splitlines():
        if found := PIN.match(line):
            versions.setdefault(canonicalize_name(found["name"]), []).append(found["version"])
    return versions


def without_hash(file: str) -> list[str]:
    """The pins on which no hash follows."""
    lines = (ROOT / file).read_text().splitlines()
    return [
        line for line, after in zip(lines, [*lines[1:], ""], strict=True) if PIN.match(line) and not HASH.match(after)
    ]


def test_lock_writes_what_is_installed() -> None:
    assert {"requirements/run.txt", "requirements/server.txt", "requirements/dev.txt"} == set(EXTRAS_OF)


@pytest.mark.parametrize("file", EXTRAS_OF)
def test_every_dependency_is_pinned_as_asked(file: str) -> None:
    pinned = pins(file)
    lacking = [name for asked in asked_for(EXTRAS_OF[file]) for name in with_extras(asked) if name not in pinned]
    assert lacking == []
    assert [
        f"{asked} is {version}"
        for asked in asked_for(EXTRAS_OF[file])
        for version in pinned[canonicalize_name(asked.name)]
        if version not in asked.specifier
    ] == []


@pytest.mark.parametrize("file", FILES)
def test_every_pin_has_a_hash_and_no_address(file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    assert pins(file)
    assert without_hash(file) == []
    assert [line for line in lines if not (PIN.match(line) or HASH.match(line) or COMMENT.match(line))] == []
    assert [line for line in lines if ADDRESS.search(line)] == []


@pytest.mark.parametrize("file", sorted(set(EXTRAS_OF) - {"requirements/run.txt"}))
def test_versions_are_those_of_make_run(file: str) -> None:
    run = pins("requirements/run.txt")
    assert {name: own for name, own in pins(file).items() if name in run and own != run[name]} == {}
