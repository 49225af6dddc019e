"""Alice's and others' programs and vehicles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.alerts.driving import Yard
from tests.api import Api
from trackers.models import Tracker


@pytest.fixture(autouse=True)
def all_is_kept(settings: Any) -> None:
    """The tests are of a day in the past."""
    settings.ALERT_DAYS = 0


@pytest.fixture
def yard(api: Api) -> Yard:
    return Yard(api)


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


@pytest.fixture
def log_in() -> Callable[[User], Api]:
    """A program that calls as a user."""

    def logged_in(user: User) -> Api:
        api = Api()
        api.log_in(user.login)
        return api

    return logged_in
