"""A forgotten password, from the letter to the next login, in Chromium."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import call
from tests.end_to_end.servers import Daphne
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, needs_chromium]

NEW_PASSWORD = "quite another one"


def test_mailed_link_lets_user_set_password(server: Daphne, mail_room: MailRoom, alice: User) -> None:
    assert call(server, "user/restore_password", login=alice.login) == {"success": True}
    link = mail_room.link_to(alice.login).replace("http://127.0.0.1:8000", server.url)
    with open_browser() as browser:
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(link)
        assert page.url == f"{server.url}/password/restore"
        for password, repeated, said in [
            (NEW_PASSWORD, "something else", "two different passwords"),
            ("short", "short", "too short"),
        ]:
            page.fill("input[name=password]", password)
            page.fill("input[name=repeated]", repeated)
            page.click("button")
            page.locator("#said", has_text=said).wait_for()
        page.fill("input[name=password]", NEW_PASSWORD)
        page.fill("input[name=repeated]", NEW_PASSWORD)
        page.press("input[name=repeated]", "Enter")
        page.get_by_text("Your new password is set").wait_for()
        page.click("text=Log in")
        page.wait_for_selector("input[name=login]:visible")
        page.goto("about:blank")
        page.goto(link)
        page.fill("input[name=password]", NEW_PASSWORD)
        page.fill("input[name=repeated]", NEW_PASSWORD)
        page.click("button")
        page.get_by_text("This link was used already").wait_for()
        assert faults == []
    assert call(server, "user/auth", login=alice.login, password=PASSWORD)["status"]["code"] == 102
    assert call(server, "user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


def test_page_without_the_hash_asks_for_nothing(server: Daphne) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/password/restore")
        page.get_by_text("This link was used already").wait_for()
        assert page.locator("form").is_hidden()
