"""A site of https: through the shipped proxy, and what may still come without TLS."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.browser import needs_chromium, open_browser
from tests.end_to_end.certificate import make_certificate
from tests.end_to_end.conftest import database_url
from tests.end_to_end.servers import Broker, Nginx, Serve, needs_nginx
from tests.patience import PATIENCE_S
from tests.people import PASSWORD
from trackers.models import Tracker

pytestmark = needs_nginx


@dataclass(frozen=True)
class Site:
    """The proxy, the server behind it, and where the public finds them."""

    proxy: Nginx
    server: Serve
    url: str


@pytest.fixture
def site(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    proxy = Nginx([], tmp_path, certificate=make_certificate(tmp_path))
    url = f"https://localhost:{proxy.tls_port}"
    environment = {"DATABASE_URL": database_url(), "REDIS_URL": broker.url, "PUBLIC_URL": url}
    with Serve({**environment, "TRUSTED_PROXIES": "127.0.0.1"}, tmp_path / "log") as server:
        proxy.processes = [server]
        with proxy:
            yield Site(proxy, server, url)


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser(login="root@example.com", password=PASSWORD)


@pytest.mark.browser
@needs_chromium
def test_administrator_logs_in_over_tls(site: Site, admin: User) -> None:
    with open_browser() as browser:
        page = browser.new_page(ignore_https_errors=True)
        page.goto(f"{site.url}/admin/")
        page.fill("input[name=username]", admin.login)
        page.fill("input[name=password]", PASSWORD)
        page.click("input[type=submit]")
        page.wait_for_selector("#user-tools")
        assert page.url == f"{site.url}/admin/"
        cookies = page.context.cookies()
        assert {cookie["name"] for cookie in cookies} >= {"sessionid", "csrftoken"}
        assert all(cookie["secure"] for cookie in cookies)
        # A change by a form that was shown: with the token, the cookies and where it comes from.
        page.click("#logout-form button")
        page.wait_for_selector("text=Logged out")


def test_answers_over_tls_keep_browsers_there(site: Site) -> None:
    answer = httpx.get(f"{site.url}/", verify=False, timeout=PATIENCE_S)
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_plain_requests_are_sent_to_tls(site: Site) -> None:
    poll = "/event/subscription?X-Atmosphere-Transport=long-polling"
    requests = [("GET", "/"), ("GET", "/?next=1"), ("GET", "/metrics"), ("GET", poll), ("POST", "/user/auth")]
    for method, path in requests:
        answer = httpx.request(method, f"{site.proxy.url}{path}", timeout=PATIENCE_S)
        assert (answer.status_code, answer.headers["location"]) == (301, f"https://127.0.0.1{path}")


def test_devices_and_probes_need_no_tls(site: Site, alice: User, register: Callable[..., Tracker]) -> None:
    device = register(alice).source.device_id
    report = {"id": device, "timestamp": int(time.time()), "lat": 47.5, "lon": 19.0}
    for url in (site.proxy.url, site.server.url):
        for path in ("/ingest/osmand", "/v2/ingest/osmand", "/"):
            assert httpx.get(f"{url}{path}", params=report, timeout=PATIENCE_S).status_code == 200
            assert httpx.post(f"{url}{path}", data=report, timeout=PATIENCE_S).status_code == 200
        for path in ("/healthz", "/readyz"):
            assert httpx.get(f"{url}{path}", timeout=PATIENCE_S).status_code == 200


def test_server_sends_plain_requests_to_the_public_address(site: Site) -> None:
    answer = httpx.get(f"{site.server.url}/admin/?a=b", timeout=PATIENCE_S)
    assert (answer.status_code, answer.headers["location"]) == (301, f"{site.url}/admin/?a=b")
    # The test is at an address that the server trusts as a proxy.
    answer = httpx.get(f"{site.server.url}/admin/login/", headers={"X-Forwarded-Proto": "https"}, timeout=PATIENCE_S)
    assert answer.status_code == 200
    assert re.search(r"csrftoken=.*Secure", answer.headers["set-cookie"])
