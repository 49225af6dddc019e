"""The package, built and installed once for all tests of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.wheels import build_wheel, install_wheel
from tests.end_to_end.browser import chromium


@pytest.fixture(scope="session", autouse=True)
def end_chromium() -> Iterator[None]:
    """After the last test."""
    yield
    chromium.stop()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def fleetsphere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script."""
    return install_wheel(wheel, tmp_path_factory.mktemp("installed"))
