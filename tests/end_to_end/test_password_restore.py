"""A forgotten password, from the letter to the next login, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.mail_room import MailRoom
from tests.end_to_end.plain_client import call
from tests.end_to_end.servers import Daphne
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, needs_chromium]

NEW_PASSWORD = "quite another one"
OVER = "This link was used already"


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
            expect(page.locator("#said")).to_contain_text(said)
        page.fill("input[name=password]", NEW_PASSWORD)
        page.fill("input[name=repeated]", NEW_PASSWORD)
        page.press("input[name=repeated]", "Enter")
        expect(page.locator("main")).to_contain_text("Your new password is set", use_inner_text=True)
        page.click("text=Log in")
        page.wait_for_selector("input[name=login]:visible")
        page.goto("about:blank")
        page.goto(link)
        page.fill("input[name=password]", NEW_PASSWORD)
        page.fill("input[name=repeated]", NEW_PASSWORD)
        page.click("button")
        expect(page.locator("#said")).to_contain_text(OVER)
        assert faults == []
    assert call(server, "user/auth", login=alice.login, password=PASSWORD)["status"]["code"] == 102
    assert call(server, "user/auth", login=alice.login, password=NEW_PASSWORD)["success"] is True


def test_page_without_the_hash_asks_for_nothing(server: Daphne) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/password/restore")
        expect(page.locator("#said")).to_contain_text(OVER)
        expect(page.locator("form")).to_be_hidden()
