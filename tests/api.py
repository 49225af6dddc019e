"""The HTTP API as a program calls it, in tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.described import check_answer
from tests.people import PASSWORD


class Api:
    """Calls by JSON, with a hash once logged in; keeps the last HTTP status.

    Each answer must be one that the description of its call allows (tests.described).
    """

    def __init__(self, client: Client | None = None) -> None:
        self._client = client or Client()
        self.hash: str | None = None
        self.status = 0

    def log_in(self, login: str, password: str = PASSWORD) -> str:
        self.hash = self("user/auth", login=login, password=password)["hash"]
        assert self.hash is not None
        return self.hash

    def __call__(self, path: str, **parameters: Any) -> dict[str, Any]:
        if self.hash is not None:
            parameters.setdefault("hash", self.hash)
        response = self._client.post(f"/{path}", parameters, content_type="application/json")
        self.status = response.status_code
        answer = response.json()
        check_answer(path, parameters, self.status, answer)
        return answer

    def code(self, path: str, **parameters: Any) -> int:
        """The code of a call that fails."""
        answer = self(path, **parameters)
        assert answer["success"] is False
        return answer["status"]["code"]
