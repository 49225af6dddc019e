"""The pages of share links: what they tell, to whom, and how often (api §2.10)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api import throttling
from accounts.models import User
from accounts.services.credentials import new_hash
from accounts.services.sessions import create_session
from accounts.wire.rates import Rates
from tests.sharing import share
from trackers.models import Tracker
from trackers.services.trackers import set_blocked


@pytest.fixture
def web() -> Client:
    return Client()


@pytest.fixture(autouse=True)
def no_wrong_links_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "_of_wrong_links", Rates())


def told(page: str) -> dict[str, Any]:
    """What the script of a page is told."""
    found = re.search(r'id="page-settings" type="application/json">(.*?)</script>', page)
    assert found is not None
    document: dict[str, Any] = json.loads(found[1])
    return document


@pytest.mark.api(88)
def test_page_may_be_a_frame_and_nobody_keeps_its_address(
    web: Client, alice: User, register: Callable[..., Tracker]
) -> None:
    van, hidden = register(alice), register(alice)
    set_blocked(hidden.source_id, is_blocked=True)
    token = share(alice, [van, hidden])[1]
    response = web.get(f"/share/{token}")
    page = response.content.decode()
    assert response.status_code == 200
    assert token not in page
    assert [one["label"] for one in told(page)["trackers"]] == [van.label]
    assert van.source.device_id not in page
    assert "frame-ancestors *" in response["Content-Security-Policy"]
    assert "X-Frame-Options" not in response
    assert (response["Referrer-Policy"], response["Cache-Control"]) == ("strict-origin", "no-store")
    assert "noindex" in response["X-Robots-Tag"]
    assert "frame-ancestors 'none'" in web.get("/")["Content-Security-Policy"]


@pytest.mark.api(88)
def test_frames_are_bounded_by_a_setting(
    web: Client, alice: User, register: Callable[..., Tracker], settings: Any
) -> None:
    settings.SHARE_FRAME_ANCESTORS = "https://shop.example"
    response = web.get(f"/share/{share(alice, [register(alice)])[1]}/")
    assert "frame-ancestors https://shop.example" in response["Content-Security-Policy"]


@pytest.mark.api(88)
def test_wrong_over_and_early_links_look_the_same(web: Client, alice: User, register: Callable[..., Tracker]) -> None:
    now, van = timezone.now(), register(alice)
    over = share(alice, [van], expires_at=now - timedelta(seconds=1))[1]
    early = share(alice, [van], begins_at=now + timedelta(hours=1), expires_at=now + timedelta(hours=2))[1]
    pages = [web.get(f"/share/{one}") for one in (new_hash(), over, early, create_session(alice), "x")]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1


@pytest.mark.api(89)
def test_wrong_links_from_an_address_have_a_bound(
    web: Client, alice: User, register: Callable[..., Tracker], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling.time, "monotonic", lambda: 1000.0)
    token = share(alice, [register(alice)])[1]
    settings.MAX_WRONG_SHARE_LINKS_PER_SECOND = 3
    answers = [web.get(f"/share/{new_hash()}").status_code for _ in range(4)]
    assert answers == [404, 404, 404, 429]
    assert web.get(f"/share/{token}").status_code == 429
    assert web.get(f"/share/{token}", REMOTE_ADDR="203.0.113.9").status_code == 200
