"""What the tests of accounts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.services import create_api_key
from tests.admin import Admin
from tests.api import Api
from tests.notices import Hear, hearing


@pytest.fixture
def hear(django_capture_on_commit_callbacks: Callable[..., Any]) -> Hear:
    return hearing(django_capture_on_commit_callbacks)


@pytest.fixture
def api(alice: User) -> Api:
    """The API with Alice logged in."""
    api = Api()
    api.log_in(alice.login)
    return api


@pytest.fixture
def api_key(alice: User) -> str:
    return create_api_key(alice, "a key of Alice")[1]


@pytest.fixture
def staff(db: None) -> Admin:
    return Admin()
