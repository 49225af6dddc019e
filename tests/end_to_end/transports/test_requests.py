"""Single requests: ids, headers, pushes, goodbyes and preflights (atmosphere §1, §5.4 to §5.7, §6.1)."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.end_to_end.servers import Daphne, Site
from tests.end_to_end.transports.client import Line
from tests.end_to_end.transports.clients import LongPolling, Sse
from tests.end_to_end.transports.wire import Exchange, get, post, target

ORIGIN = "https://map.example"
CACHE_HEADERS = {
    "cache-control": "no-store, no-cache, must-revalidate",
    "pragma": "no-cache",
    "expires": "-1",
}
HANDSHAKE_WANTED = [("X-Atmosphere-Framework", "2.3.8-javascript"), ("X-atmo-protocol", "true")]
OUTDATED = [("X-Atmosphere-Framework", "2.2.0-javascript"), ("X-atmo-protocol", "true")]
MALFORMED_IDS = ["a b", "a|b", "é", "<script>", "..%2f", "a" * 129, "a" * 10_000, "0\n"]
UNKNOWN_ACTION = '{"action":"delete"}'


def id_in(response: Exchange) -> str:
    return response.headers["x-atmosphere-tracking-id"]


def is_fresh(tracking_id: str) -> bool:
    random, _, check = tracking_id.rpartition("-")
    return str(UUID(random)) == random and UUID(random).version == 4 and len(check) == 16


@pytest.mark.atmosphere(5, 44)
@pytest.mark.parametrize("pairs", [[], [("X-Atmosphere-tracking-id", "0")]], ids=["absent", "0"])
def test_client_without_an_id_gets_a_fresh_one(site: Site, pairs: list[tuple[str, str]]) -> None:
    request = [*pairs, ("X-Atmosphere-Transport", "polling")]
    with get(site, request) as first, get(site, request) as second:
        assert is_fresh(id_in(first)) and is_fresh(id_in(second))
        assert id_in(first) != id_in(second)


@pytest.mark.atmosphere(5, 55)
@pytest.mark.parametrize("tracking_id", ["my-id", "00", "A_z-9", "a" * 128])
def test_id_of_a_clients_own_is_adopted(site: Site, tracking_id: str) -> None:
    with get(site, [("X-Atmosphere-tracking-id", tracking_id), ("X-Atmosphere-Transport", "polling")]) as response:
        assert id_in(response) == tracking_id


@pytest.mark.atmosphere(6, 11)
@pytest.mark.parametrize("tracking_id", MALFORMED_IDS, ids=lambda value: f"{value[:8]!a}{len(value)}")
@pytest.mark.parametrize("transport", ["sse", "streaming", "polling"])
def test_malformed_id_is_replaced_and_no_handshake_follows(server: Daphne, tracking_id: str, transport: str) -> None:
    pairs = [("X-Atmosphere-tracking-id", tracking_id), ("X-Atmosphere-Transport", transport), *HANDSHAKE_WANTED]
    with get(server, pairs) as response:
        assert response.status == 200
        assert is_fresh(id_in(response))
        assert id_in(response) not in response.piece()


@pytest.mark.atmosphere(1, 2, 3)
def test_parameters_may_be_headers_and_a_header_wins(server: Daphne) -> None:
    headers = {"x-atmosphere-TRACKING-ID": "from-header", "X-ATMOSPHERE-TRANSPORT": "SSE", "X-Atmosphere-Else": "1"}
    pairs = [("X-Atmosphere-tracking-id", "from-query"), ("X-Atmosphere-Transport", "polling"), ("X-Token", "a b;c")]
    with get(server, pairs, headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert id_in(response) == "from-header"


REQUESTS = {
    "get": ("GET", [("X-Atmosphere-Transport", "polling")], 200),
    "unknown transport": ("GET", [("X-Atmosphere-Transport", "carrier-pigeon"), *HANDSHAKE_WANTED], 200),
    "push": ("POST", [("X-Atmosphere-Transport", "polling"), ("X-Atmosphere-tracking-id", "pusher")], 200),
    "push without an id": ("POST", [("X-Atmosphere-Transport", "sse"), *HANDSHAKE_WANTED], 409),
    "goodbye": ("GET", [("X-Atmosphere-Transport", "close"), ("X-Atmosphere-tracking-id", "nobody")], 200),
    "goodbye by beacon": ("POST", [("X-Atmosphere-Transport", "close"), ("X-Atmosphere-tracking-id", "nobody")], 200),
    "outdated": ("GET", [("X-Atmosphere-Transport", "sse"), *OUTDATED], 501),
    "another method": ("DELETE", [("X-Atmosphere-Transport", "polling")], 405),
}


@pytest.mark.atmosphere(42, 44, 48)
@pytest.mark.parametrize(("method", "pairs", "status"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_answer_has_id_and_forbids_caching(
    site: Site, method: str, pairs: list[tuple[str, str]], status: int
) -> None:
    with Exchange(site, target(pairs), method=method, headers={"Origin": ORIGIN}) as response:
        assert (response.status, response.body()) == (status, "")
        sent_id = dict(pairs).get("X-Atmosphere-tracking-id")
        assert id_in(response) == sent_id if sent_id else is_fresh(id_in(response))
        assert {name: response.headers[name] for name in CACHE_HEADERS} == CACHE_HEADERS
        assert response.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.atmosphere(44, 45)
@pytest.mark.parametrize("transport", ["sse", "streaming", "long-polling", "jsonp"])
def test_connections_have_id_cors_and_forbid_caching(server: Daphne, transport: str) -> None:
    pairs = [("X-Atmosphere-Transport", transport), ("jsonpTransport", "f"), *HANDSHAKE_WANTED]
    with get(server, pairs, headers={"Origin": ORIGIN}) as response:
        assert id_in(response) in response.piece()
        assert {name: response.headers[name] for name in CACHE_HEADERS} == CACHE_HEADERS
        assert_cors(response)


def assert_cors(response: Exchange) -> None:
    exposed = response.headers["access-control-expose-headers"]
    assert exposed == "X-Atmosphere-tracking-id, X-Heartbeat-Server"
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in response.headers["vary"]


@pytest.mark.atmosphere(45)
def test_request_of_no_page_gets_no_cors_headers(server: Daphne) -> None:
    with get(server, [("X-Atmosphere-Transport", "polling")]) as response:
        assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.atmosphere(10, 45)
def test_preflight_is_answered_and_changes_nothing(site: Site, leave: ExitStack) -> None:
    client = leave.enter_context(Sse(site)).open()
    preflight = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    for transport in ("sse", "close"):
        pairs = [(n, transport if n == "X-Atmosphere-Transport" else v) for n, v in client.parameters]
        with Exchange(site, target(pairs), method="OPTIONS", headers=preflight) as response:
            assert (response.status, response.body()) == (200, "")
            assert_cors(response)
            assert response.headers["access-control-allow-methods"] == "OPTIONS, GET, POST"
            allowed = response.headers["access-control-allow-headers"].split(", ")
            assert {"Content-Type", *(n for n, _ in client.parameters), "X-Heartbeat-Server"} <= set(allowed)
            assert id_in(response) == client.tracking_id
            assert "cache-control" not in response.headers
    assert client.is_silent()


@pytest.mark.atmosphere(9)
@pytest.mark.parametrize("transport", ["websocket", "none", "polling", "carrier-pigeon", "webtransport"])
def test_get_without_connection_is_answered_at_once(site: Site, transport: str) -> None:
    pairs = [("X-Atmosphere-tracking-id", str(uuid4())), ("X-Atmosphere-Transport", transport), *HANDSHAKE_WANTED]
    with get(site, pairs) as response:
        assert (response.status, response.body()) == (200, "")


@pytest.mark.atmosphere(36)
@pytest.mark.parametrize("tracks", [False, True], ids=["plain", "tracked"])
def test_single_poll_takes_what_waits(site: Site, leave: ExitStack, tracks: bool) -> None:
    client = leave.enter_context(LongPolling(site, tracks=tracks)).open()
    client.lose()
    for _ in range(2):
        client.push(UNKNOWN_ACTION)
    pairs = [(n, "polling" if n == "X-Atmosphere-Transport" else v) for n, v in client.parameters]
    texts = []
    for _ in range(3):
        with get(site, pairs) as response:
            texts.append(client.unframe(response.body()))
    assert [len([text for text in some if text]) for some in texts] == ([2, 0, 0] if tracks else [1, 1, 0])


@pytest.mark.atmosphere(37)
def test_bare_request_is_held_like_a_poll(server: Daphne) -> None:
    with get(server) as response:
        assert response.status == 200
        tracking_id = id_in(response)
        with post(server, [("X-Atmosphere-tracking-id", tracking_id)], UNKNOWN_ACTION) as answer:
            assert answer.status == 200
        # It never said its id, so nothing is known of it: it is another client, and goes on waiting.
        response.line.settimeout(0.3)
        with pytest.raises(TimeoutError):
            response.piece()


@pytest.mark.atmosphere(42, 43)
@pytest.mark.parametrize("transport", ["websocket", "sse", "streaming", "long-polling", "jsonp", "polling", "none", ""])
@pytest.mark.parametrize("line", [Line.LEGACY_2, Line.TYPESCRIPT])
def test_post_is_a_push_whatever_transport_it_names(
    server: Daphne, leave: ExitStack, transport: str, line: Line
) -> None:
    client = leave.enter_context(Sse(server, line=line)).open()
    named = [(n, transport if n == "X-Atmosphere-Transport" else v) for n, v in client.parameters]
    with post(server, named, UNKNOWN_ACTION) as answer:
        assert (answer.status, answer.body(), answer.headers["content-length"]) == (200, "", "0")
    assert client.next_message()["status"]["code"] == 7
    assert client.is_silent()


@pytest.mark.atmosphere(42, 43)
@pytest.mark.parametrize("pairs", [[], [("X-Atmosphere-tracking-id", "0")]], ids=["absent", "0"])
@pytest.mark.parametrize("line", [Line.LEGACY_2, Line.TYPESCRIPT])
def test_push_before_the_handshake_is_refused(server: Daphne, pairs: list[tuple[str, str]], line: Line) -> None:
    said = [*pairs, ("X-Atmosphere-Framework", line), ("X-Atmosphere-Transport", "polling")]
    with post(server, said, UNKNOWN_ACTION) as answer:
        assert (answer.status, answer.body()) == (409, "")
        assert answer.headers["x-atmosphere-error"] == "A push needs a tracking id."
    with post(server, said, "X") as answer:
        assert (answer.status, answer.body()) == (200, "")


@pytest.mark.atmosphere(42)
@pytest.mark.parametrize("tracks", [False, True], ids=["plain", "tracked"])
def test_wasync_reads_why_its_push_was_refused(server: Daphne, tracks: bool) -> None:
    said = [("X-Atmosphere-tracking-id", "0"), ("X-Atmosphere-Framework", Line.WASYNC)]
    said += [("X-Atmosphere-TrackMessageSize", "true")] * tracks + [("X-Atmosphere-Transport", "polling")]
    with post(server, said, UNKNOWN_ACTION) as answer:
        (text,) = Sse(server, line=Line.WASYNC, tracks=tracks).unframe(answer.body())
        assert answer.status == 409
    assert json.loads(text)["errors"][0]["parameter"] == "X-Atmosphere-tracking-id"


@pytest.mark.atmosphere(24, 43)
def test_get_with_body_parameter_is_a_push(site: Site, leave: ExitStack) -> None:
    client = leave.enter_context(LongPolling(site)).open()
    for text in ("X", '{"action":"delete","a":"é&=+"}'):
        with get(site, [*client.parameters, ("X-Atmosphere-Post-Body", text)]) as answer:
            assert (answer.status, answer.body()) == (200, "")
    answer = client.next_message()
    assert answer["status"]["code"] == 7
    assert client.is_silent()


@pytest.mark.atmosphere(48, 50)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_goodbye_is_answered_at_once(site: Site, leave: ExitStack, method: str) -> None:
    client = leave.enter_context(LongPolling(site)).open()
    pairs = [("X-Atmosphere-Transport", "close"), ("X-Atmosphere-tracking-id", client.tracking_id)]
    for _ in range(3):
        with Exchange(site, target(pairs), method=method) as response:
            assert (response.status, response.body()) == (200, "")
    assert client.wait_for_end() == []


@pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 200), (1024 * 1024 + 1, 413), (2_000_000, 413)])
def test_refused_large_push_leaves_client_served(site: Site, leave: ExitStack, size: int, status: int) -> None:
    client = leave.enter_context(Sse(site)).open()
    with post(site, client.push_parameters, b"x" * size) as answer:
        assert answer.status == status
    if status == 200:
        assert client.next_message()["status"]["code"] == 5
    assert client.is_silent()


def test_push_that_is_no_text_is_answered(site: Site, leave: ExitStack) -> None:
    client = leave.enter_context(Sse(site)).open()
    with post(site, client.push_parameters, b"\xff\xfe\x00") as answer:
        assert answer.status == 200
    assert client.next_message()["status"]["code"] == 5


def test_other_addresses_are_none_of_this(server: Daphne) -> None:
    responses: list[Any] = []
    for path in ("/event/subscription/more", "/event", "/v3/event/subscription"):
        with get(server, [("X-Atmosphere-Transport", "sse")], path=path) as response:
            responses.append(response.status)
    assert all(400 <= status < 500 for status in responses)
