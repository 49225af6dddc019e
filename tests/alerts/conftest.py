"""Alice's, Bob's and Charlie's programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from tests.api import Api


@pytest.fixture
def log_in() -> Callable[[User], Api]:
    """A program that calls as a user."""

    def logged_in(user: User) -> Api:
        api = Api()
        api.log_in(user.login)
        return api

    return logged_in


@pytest.fixture
def api(alice: User, log_in: Callable[[User], Api]) -> Api:
    """Alice's program."""
    return log_in(alice)
