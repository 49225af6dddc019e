"""The pairing sheet in a browser: it turns green by itself when the phone reports, and says why one was refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from accounts.models import User
from tests.end_to_end.browser import elsewhere, needs_chromium, open_browser
from tests.end_to_end.conftest import Start
from tests.end_to_end.plain_client import report
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_accessibility import assert_accessible
from tests.people import PASSWORD
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]


@contextmanager
def form_of(server: Daphne, van: Tracker) -> Iterator[Page]:
    """The admin's form of a tracker, as a member of the staff sees it."""
    elsewhere(User.objects.create_superuser, "root@fleet.example", PASSWORD, title="Root")
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/admin/login/?next=/admin/trackers/tracker/{van.pk}/change/")
        page.fill("input[name=username]", "root@fleet.example")
        page.fill("input[name=password]", PASSWORD)
        page.click("input[type=submit]")
        yield page


@contextmanager
def sheet_of(server: Daphne, van: Tracker) -> Iterator[Page]:
    """The sheet of a tracker for GPSLogger, with a new key."""
    with form_of(server, van) as page:
        page.get_by_text("Pair a phone").click()
        page.select_option("select[name=app]", "gpslogger")
        page.check("input[name=new_key]")
        page.get_by_text("Show the sheet").click()
        yield page


def wait_for(page: Page, state: str) -> str:
    """What the sheet says in this state, in which it can be read by everybody."""
    page.wait_for_selector(f"#pairing-heard[data-state={state}]")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert_accessible(page, f"{state}, {theme}", ".pairing")
    return page.inner_text("#pairing-heard")


# A server of its own: one that has served other tests remembers the content types of tables that were emptied since.
def test_the_sheet_turns_green_by_itself(serve: Start, alice: User, register: Callable[..., Tracker]) -> None:
    van, server = register(alice), serve()
    with sheet_of(server, van) as page:
        assert "Waiting" in wait_for(page, "waiting")
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19) == 403
        assert "ingest key missing" in wait_for(page, "refused")
        address = urlsplit(page.inner_text("dt:text-is('URL') + dd"))
        key = parse_qs(address.query)["key"][0]
        assert report(server, van.source.device_id, int(time.time()), lat=47.5, lon=19, key=key) == 200
        assert wait_for(page, "heard") == "The first report has come."
