"""What the tests of accounts share."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.services import create_api_key


@pytest.fixture
def api_key(alice: User) -> str:
    return create_api_key(alice, "a key of Alice")[1]
