"""The panel's calls and a master's, as programs make them over HTTP."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from tests.end_to_end.plain_client import call, log_in
from tests.end_to_end.servers import Daphne
from tests.people import PASSWORD


class CallsOf:
    """Calls with a hash that must succeed."""

    def __init__(self, server: Daphne, credential: str) -> None:
        self._server, self.credential = server, credential

    def __call__(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer = call(self._server, path, hash=self.credential, **parameters)
        assert answer["success"], answer
        return answer


def calls_of_staff(server: Daphne) -> CallsOf:
    """The panel with somebody logged in who may do everything."""
    User.objects.create_superuser("staff@fleet.example", PASSWORD)
    answer = call(server, "panel/account/auth", login="staff@fleet.example", password=PASSWORD)
    return CallsOf(server, answer["hash"])


def calls_of(server: Daphne, user: User) -> CallsOf:
    """The API with a user logged in."""
    return CallsOf(server, log_in(server, user.login))
