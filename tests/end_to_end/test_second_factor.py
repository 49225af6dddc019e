"""A login that needs a code, over a mail server."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import PlainClient, call
from tests.end_to_end.servers import Daphne
from tests.people import PASSWORD


@pytest.mark.api(16)
def test_login_with_a_second_factor_goes_by_letter(server: Daphne, mail_room: MailRoom, alice: User) -> None:
    alice.has_second_factor = True
    alice.save()
    first = call(server, "user/auth", login=alice.login, password=PASSWORD)
    code = mail_room.letter_to(alice.login).get_content().split()[0]
    with PlainClient(server) as client:
        assert client.subscribe(first["hash"], [1])["status"]["code"] == 4
    session = call(server, "user/auth/code/verify", hash=first["hash"], code=code)["hash"]
    with PlainClient(server) as client:
        assert client.subscribe(session, [1])["type"] == "response"
