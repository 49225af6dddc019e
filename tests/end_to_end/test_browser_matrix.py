"""Every published client on every transport, while the network between cuts its connection twice.

The application must get each message once, in order, and nothing else: no heartbeat, no handshake, no padding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from accounts.models import User
from tests.end_to_end.applications import Application, open_applications, wait_for_heartbeats
from tests.end_to_end.browser import needs_chromium
from tests.end_to_end.conftest import Start
from tests.end_to_end.cutting_proxy import Websockets
from tests.end_to_end.moving_fleet import Fleet, outline
from tests.end_to_end.plain_client import log_in
from tests.end_to_end.published_clients import CLIENTS
from tests.end_to_end.servers import Daphne
from trackers.models import Tracker

pytestmark = [pytest.mark.browser, needs_chromium]

TRANSPORTS = (
    "websocket",
    "sse",
    # A page that is held up for longer than the server rests between two messages reads them as one (docs/protocol.md).
    pytest.param("streaming", marks=pytest.mark.alone),
    "long-polling",
)
# Version 5 has none.
JSONP_VERSIONS = [version for version in CLIENTS if not version.startswith("5.")]

Heard = Callable[[Fleet, Sequence[Application]], None]

FALLBACKS = ("long-polling", "sse", "streaming")
# Other pairs die by the client's own fault (atmosphere §6.3): 2.3.8 and 3.0.6 when the upgrade is refused; version 5
# when the socket is accepted and closed, which it takes for a success. 3.0.0 makes two requests when it is refused, and
# with streaming it reads the one from the place on that it had reached in the other.
FALLING_BACK = [
    ("2.3.3", Websockets.REFUSED, FALLBACKS),
    ("3.0.0", Websockets.REFUSED, ("long-polling", "sse")),
    ("3.1.3", Websockets.REFUSED, FALLBACKS),
    ("4.0.1", Websockets.REFUSED, FALLBACKS),
    ("5.0.25", Websockets.REFUSED, FALLBACKS),
    ("5.0.45", Websockets.REFUSED, FALLBACKS),
    ("2.3.3", Websockets.CLOSED_BEFORE_A_FRAME, FALLBACKS),
    ("2.3.8", Websockets.CLOSED_BEFORE_A_FRAME, FALLBACKS),
    ("3.0.0", Websockets.CLOSED_BEFORE_A_FRAME, FALLBACKS),
    ("3.0.6", Websockets.CLOSED_BEFORE_A_FRAME, FALLBACKS),
    ("3.1.3", Websockets.CLOSED_BEFORE_A_FRAME, FALLBACKS),
    ("4.0.1", Websockets.CLOSED_BEFORE_A_FRAME, FALLBACKS),
]


@pytest.fixture(scope="session")
def running_server(start_server: Start) -> Daphne:
    """A server whose heart beats fast enough to be heard in a test."""
    return start_server("beating", ATMOSPHERE_SERVER_HEARTBEAT_S="1", ATMOSPHERE_CLIENT_HEARTBEAT_MS="300")


@pytest.fixture
def fleet(server: Daphne, alice: User, register: Callable[..., Tracker]) -> Fleet:
    return Fleet(server, log_in(server, alice.login), [register(alice) for _ in range(8)])


@pytest.mark.atmosphere(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 30, 31, 32, 34, 35, 36, 40, 41, 43, 56)
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("version", CLIENTS)
def test_messages_come_once_in_order_despite_cuts(server: Daphne, fleet: Fleet, version: str, transport: str) -> None:
    wanted = {"transport": transport, "fallbackTransport": transport}
    with open_applications(server, fleet, version, *with_and_without_lengths(wanted)) as applications:
        all_heard(fleet, applications)
        # With sse, legacy clients send none once they lost a connection; with long-polling, version 5 none before.
        beats_late = version.startswith("5.") and transport == "long-polling"
        if not beats_late:
            wait_for_heartbeats(applications, "client")
        lose_a_connection(fleet, applications, fleet.block)
        lose_again = lose_a_poll if transport == "long-polling" else lose_a_connection
        lose_again(fleet, applications, fleet.unblock)
        if beats_late:
            wait_for_heartbeats(applications, "client")
        wait_for_heartbeats(applications, "server")
        push_and_go_on(fleet, applications)
        for application in applications:
            assert application.transports() == {transport}
            assert application.network.pushes == (0 if transport == "websocket" else 2)
            application.client.close()


@pytest.mark.atmosphere(47)
@pytest.mark.parametrize("version", JSONP_VERSIONS)
def test_jsonp_loses_nothing_when_a_poll_is_lost(server: Daphne, fleet: Fleet, version: str) -> None:
    wanted = {"transport": "jsonp", "fallbackTransport": "jsonp"}
    with open_applications(server, fleet, version, *with_and_without_lengths(wanted)) as applications:
        all_heard(fleet, applications)
        lose_a_connection(fleet, applications, fleet.block)
        lose_a_poll(fleet, applications, fleet.unblock)
        wait_for_heartbeats(applications, "server")
        push_and_go_on(fleet, applications)
        for application in applications:
            assert application.transports() == {"jsonp"}
            assert application.network.pushes == 2


@pytest.mark.atmosphere(9, 46)
@pytest.mark.parametrize(
    ("version", "websockets", "fallbacks"),
    FALLING_BACK,
    ids=[f"{version}-{websockets.value}" for version, websockets, _ in FALLING_BACK],
)
def test_client_without_websockets_works_by_its_fallback(
    server: Daphne, fleet: Fleet, version: str, websockets: Websockets, fallbacks: Sequence[str]
) -> None:
    # With lengths, as a page that is held up would read two messages of a stream as one.
    wanted = [
        {"transport": "websocket", "fallbackTransport": fallback, "trackMessageLength": fallback == "streaming"}
        for fallback in fallbacks
    ]
    # 3.0.0 may have two polls at once, and reads the answers in any order.
    heard = all_heard if version != "3.0.0" else all_heard_in_any_order
    with open_applications(server, fleet, version, *wanted, websockets=websockets) as applications:
        heard(fleet, applications)
        for number in (0, 1):
            fleet.move(number)
            heard(fleet, applications)
        push_and_go_on(fleet, applications, heard)
        for application, fallback in zip(applications, fallbacks, strict=True):
            assert application.transports() == {"websocket", fallback}
            assert application.network.pushes == 2


def all_heard(fleet: Fleet, applications: Sequence[Application]) -> None:
    """Waits until each has got as many messages as the fleet has told, and compares them."""
    for application in applications:
        assert [outline(text) for text in application.client.everything(len(fleet.told))] == fleet.told


def all_heard_in_any_order(fleet: Fleet, applications: Sequence[Application]) -> None:
    for application in applications:
        assert Counter(map(outline, application.client.everything(len(fleet.told)))) == Counter(fleet.told)


def with_and_without_lengths(options: dict[str, str]) -> list[dict[str, str | bool]]:
    return [{**options, "trackMessageLength": tracks} for tracks in (False, True)]


def lose_a_connection(fleet: Fleet, applications: Sequence[Application], change: Callable[[int], None]) -> None:
    for application in applications:
        application.network.cut()
    change(7)
    come_back(fleet, applications)


def lose_a_poll(fleet: Fleet, applications: Sequence[Application], change: Callable[[int], None]) -> None:
    """The connection is cut after a poll was answered, and before the next one is with the server."""
    for application in applications:
        application.network.hold()
    change(7)
    for application in applications:
        application.network.drop()
    come_back(fleet, applications)


def come_back(fleet: Fleet, applications: Sequence[Application]) -> None:
    """What happens while the applications are away is heard first."""
    fleet.move(2, 3)
    for application in applications:
        application.network.let_in()
    fleet.move(4)
    all_heard(fleet, applications)


def push_and_go_on(fleet: Fleet, applications: Sequence[Application], heard: Heard = all_heard) -> None:
    command = fleet.unsubscribe(6)
    for application in applications:
        application.client.push(command)
    heard(fleet, applications)
    fleet.move_unheard(6)
    fleet.move(0)
    heard(fleet, applications)
