"""What the tests of accounts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import User
from accounts.services.api_keys import create_api_key
from accounts.services.background import waiting


@pytest.fixture
def api_key(alice: User) -> str:
    return create_api_key(alice, "a key of Alice")[1]


@pytest.fixture(autouse=True)
def letters_under_way() -> Iterator[None]:
    """No letter of one test comes in the next."""
    yield
    waiting.join()
