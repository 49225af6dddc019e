"""What the tests of records share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import SecurityGroup, User
from tests.api import Api
from trackers.models import Tracker


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


@pytest.fixture
def bobs(api: Api, bob: User) -> Api:
    """The API with Bob logged in, who has no right."""
    found = Api()
    found.log_in(bob.login)
    return found


@pytest.fixture
def grant(alice: User, bob: User) -> Callable[..., None]:
    """Gives Bob rights."""

    def give(*rights: str) -> None:
        bob.security_group = SecurityGroup.objects.create(account=alice, label="Office", rights=list(rights))
        bob.save()

    return give
