"""Where the websocket is, and where it is not."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidStatus

from accounts.models import User
from tests.end_to_end.plain_client import ATMOSPHERE_QUERY, PlainClient, log_in
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_states import Register, drive


@pytest.mark.api(1, 31)
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("prefix", ["", "/v2", "/api-v2", "/api"])
def test_subscription_works_for_every_prefix_and_slash(
    server: Daphne, alice: User, register: Register, prefix: str, slash: str
) -> None:
    van = register(alice)
    with PlainClient(server, ATMOSPHERE_QUERY, f"{prefix}/event/subscription{slash}") as client:
        assert client.frame().endswith("|30000|X|")
        assert client.subscribe(log_in(server, alice.login), [van.pk])["type"] == "response"
        assert client.message()["event"] == "state"
        drive(server, van)
        assert client.message()["data"]["gps"]["speed"] == 19


@pytest.mark.parametrize(
    "path", ["/", "/event", "/event/subscription/more", "/v3/event/subscription", "/api/x", "/%00"]
)
def test_upgrade_elsewhere_is_refused(server: Daphne, path: str) -> None:
    with pytest.raises(InvalidStatus) as caught, PlainClient(server, path=path):
        pass
    assert caught.value.response.status_code == 403


@pytest.mark.atmosphere(5, 16, 17, 53)
@pytest.mark.parametrize(
    ("version", "first"),
    [("2.3.8-javascript", "X"), ("4.0.1", "X"), ("5.0.7", "9b1f-abc|30000|X|")],
)
def test_returning_client_gets_its_lines_first_frame(server: Daphne, version: str, first: str) -> None:
    query = ATMOSPHERE_QUERY.replace("tracking-id=0", "tracking-id=9b1f-abc").replace("2.3.8-javascript", version)
    with PlainClient(server, query) as client:
        assert client.frame() == first


@pytest.mark.atmosphere(11, 16)
def test_outdated_client_gets_no_handshake(server: Daphne) -> None:
    with PlainClient(server, ATMOSPHERE_QUERY.replace("2.3.8", "2.2.0")) as client:
        assert client.is_silent()
