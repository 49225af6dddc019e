"""What is done behind the back of requests."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections
from django.test import override_settings

from accounts.models import User
from accounts.services.background import MAX_WAITING, do_later, waiting
from tests.api import Api
from tests.letters import letters
from tests.patience import PATIENCE_S


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_is_kept() -> None:
    used: list[Any] = []

    def ask() -> None:
        used.append(connections["default"])
        used.append(User.objects.exists())

    do_later(ask)
    waiting.join()
    connection, found = used
    assert (found, connection.connection) == (False, None)


def test_failed_task_is_logged_and_next_runs(caplog: pytest.LogCaptureFixture) -> None:
    done = threading.Event()
    do_later(lambda: [].pop())
    do_later(done.set)
    assert done.wait(PATIENCE_S)
    assert [record.getMessage() for record in caplog.records] == ["unexpected error in the background"]
    assert caplog.records[0].exc_info is not None


def test_what_waits_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    begun, release = threading.Event(), threading.Event()
    done: list[int] = []

    def hold() -> None:
        begun.set()
        release.wait(PATIENCE_S)

    do_later(hold)
    assert begun.wait(PATIENCE_S)
    with caplog.at_level(logging.WARNING):
        for number in range(MAX_WAITING + 1):
            do_later(lambda number=number: done.append(number))
    release.set()
    waiting.join()
    assert done == list(range(MAX_WAITING))
    assert len(caplog.records) == 1


class SlowBackend(EmailBackend):
    """A mail server that takes its time."""

    release = threading.Event()

    def send_messages(self, messages: Any) -> int:
        assert self.release.wait(PATIENCE_S)
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["user/auth", "user/restore_password"])
def test_no_call_waits_for_the_mail_server(alice: User, path: str) -> None:
    User.objects.update(has_second_factor=True)
    SlowBackend.release.clear()
    with override_settings(EMAIL_BACKEND=f"{__name__}.SlowBackend"):
        answer = Api()(
            path, login=alice.login, **({"password": "a long enough password"} if path == "user/auth" else {})
        )
        is_done = waiting.unfinished_tasks == 0
        SlowBackend.release.set()
        (letter,) = letters()
    assert (answer["success"], is_done, letter.to) == (True, False, [alice.login])
