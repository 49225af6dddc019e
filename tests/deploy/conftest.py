"""The package, built and installed once for all tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.wheels import build_wheel, install_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def fleetsphere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script."""
    return install_wheel(wheel, tmp_path_factory.mktemp("installed"))
