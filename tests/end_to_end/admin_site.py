"""The Django admin as a member of the staff uses it, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from tests.end_to_end.servers import Daphne
from tests.patience import PATIENCE_S
from tests.people import PASSWORD


class AdminSite:
    """A browser's session in the admin, without the browser."""

    def __init__(self, server: Daphne, login: str) -> None:
        self._http = httpx.Client(base_url=f"{server.url}/admin/", timeout=PATIENCE_S)
        self._login = login

    def __enter__(self) -> AdminSite:
        self._http.__enter__()
        assert self._http.get("login/").status_code == 200
        self._post("login/?next=/admin/", username=self._login, password=PASSWORD)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._http.__exit__(*exc_info)

    def act(self, models: str, action: str, *keys: int) -> None:
        """Carries out an action on rows of a list such as `trackers/tracker`."""
        self._post(f"{models}/", action=action, _selected_action=[str(key) for key in keys])

    def delete(self, models: str, key: int) -> None:
        """Deletes a row by its own page, confirmation included."""
        self._post(f"{models}/{key}/delete/", post="yes")

    def _post(self, path: str, **fields: Any) -> None:
        token = {"csrfmiddlewaretoken": self._http.cookies["csrftoken"]}
        answer = self._http.post(path, data=fields | token)
        assert answer.status_code == 302, answer.text
