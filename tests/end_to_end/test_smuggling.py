"""Requests that proxy and server could read differently, through the proxy of deploy/: none carries another one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from accounts.models import User
from tests.end_to_end.servers import Nginx, needs_nginx
from tests.end_to_end.transports.wire import CUT, dial
from tests.patience import PATIENCE_S
from trackers.models import SourceState, Tracker

pytestmark = needs_nginx

# After an answer nothing more may come; of requests that want more of a body nothing comes at all.
SILENCE_S = 2
HEAD = "POST /ingest/ngp HTTP/1.1\r\nHost: fleet.example\r\nContent-Type: application/json\r\n"

# By name: what stands between the head and the body; LENGTH is that of all which follows.
AMBIGUOUS = {
    "CL.TE": "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "TE.CL": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{size:x}\r\n{hidden}\r\n0\r\n\r\n",
    "space before colon": "Content-Length: {length}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}",
    "tab before value": "Content-Length: {length}\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n{hidden}",
    "unknown coding": "Content-Length: {length}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}",
    "two codings": "Content-Length: {length}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}",
    "coding twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}",
    "folded": "Content-Length: {length}\r\nX-Any: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "folded value": "Content-Length: {length}\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{hidden}",
    "two lengths": "Content-Length: {length}\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}",
    "two lengths in one": "Content-Length: 5, {length}\r\n\r\n0\r\n\r\n{hidden}",
    "length with sign": "Content-Length: +{length}\r\n\r\n0\r\n\r\n{hidden}",
    "length below zero": "Content-Length: -{length}\r\n\r\n0\r\n\r\n{hidden}",
    "second length zero": "Content-Length: {length}\r\nContent-Length: 0\r\n\r\n0\r\n\r\n{hidden}",
    "case of the name": "Content-Length: {length}\r\ntRANSFER-eNCODING: cHuNkEd\r\n\r\n0\r\n\r\n{hidden}",
    "chunk size with prefix": "Transfer-Encoding: chunked\r\n\r\n0x{size:x}\r\n{hidden}\r\n0\r\n\r\n",
    "line end in extension": "Transfer-Encoding: chunked\r\n\r\n1;a=\nx\r\n{hidden}\r\n0\r\n\r\n",
    "length in hexadecimal": "Content-Length: 0x{length:x}\r\n\r\n0\r\n\r\n{hidden}",
    "line ends alone": "Content-Length: {length}\nTransfer-Encoding: chunked\n\n0\r\n\r\n{hidden}",
    "return alone": "Content-Length: {length}\r\nX-Any: 1\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "vertical tab": "Content-Length: {length}\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{hidden}",
    "zero byte": "Content-Length: {length}\r\nX-Any: \x00\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "chunk longer than told": "Transfer-Encoding: chunked\r\n\r\n1\r\n{hidden}\r\n0\r\n\r\n",
    "chunk size with sign": "Transfer-Encoding: chunked\r\n\r\n+{size:x}\r\n{hidden}\r\n0\r\n\r\n",
    "chunk of overflowing size": "Transfer-Encoding: chunked\r\n\r\n1000000000000000{size:x}\r\n{hidden}\r\n0\r\n\r\n",
    "body of what has none": "Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n0\r\n\r\n{hidden}",
    "underscore": "Content-Length: {length}\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
    "upgrade": "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{hidden}",
    "h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{hidden}",
}


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def hidden_report(van: Tracker) -> str:
    """A request that would be stored if anybody took it for one."""
    query = f"id={van.source.device_id}&timestamp={int(time.time())}&lat=1&lon=2"
    return f"GET /ingest/osmand?{query} HTTP/1.1\r\nHost: fleet.example\r\nX-Rest: "


def exchange(site: Nginx, text: str) -> bytes:
    """All that is answered to the text until the line is closed or nothing more comes."""
    received = b""
    with dial(site) as line:
        line.settimeout(SILENCE_S)
        with suppress(TimeoutError, *CUT):
            line.sendall(text.encode("latin-1"))
            while piece := line.recv(65_536):
                received += piece
    return received


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_no_request_carries_another(nginx_site: Nginx, van: Tracker, name: str) -> None:
    hidden = hidden_report(van)
    body = AMBIGUOUS[name].format(length=len(hidden) + 5, size=len(hidden), hidden=hidden)
    received = exchange(nginx_site, HEAD + body)
    statuses = [int(line.split()[1]) for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert all(status >= 400 or status == 100 for status in statuses), received
    # Whoever comes next gets an answer of their own, and the hidden one was never carried out.
    assert httpx.get(f"{nginx_site.url}/healthz", timeout=PATIENCE_S).json() == {"alive": True}
    for process in nginx_site.processes:
        assert httpx.get(f"{process.url}/healthz", timeout=PATIENCE_S).json() == {"alive": True}
    assert SourceState.objects.get(source=van.source_id).state.last_update is None


@pytest.mark.parametrize("host", ["fleet.example", "elsewhere.example"])
def test_absolute_form_is_the_same_request(nginx_site: Nginx, van: Tracker, host: str) -> None:
    target = f"/ingest/osmand?id={van.source.device_id}&timestamp={int(time.time())}&lat=1&lon=2"
    request = f"GET http://fleet.example{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert exchange(nginx_site, request).startswith(b"HTTP/1.1 200 ")
    assert SourceState.objects.get(source=van.source_id).state.last_update is not None


@pytest.mark.parametrize("name", ["X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For"])
def test_who_claims_to_be_another_address_is_not_believed(nginx_site: Nginx, name: str) -> None:
    body = '{"device_id":"nobody"}'
    head = f"POST /ingest/ngp HTTP/1.1\r\nHost: a\r\n{name}: 203.0.113.9\r\nConnection: close\r\n"
    received = exchange(nginx_site, f"{head}Content-Length: {len(body)}\r\n\r\n{body}")
    assert received.startswith(b"HTTP/1.1 4"), received
    assert "203.0.113.9" not in nginx_site.log_text()
