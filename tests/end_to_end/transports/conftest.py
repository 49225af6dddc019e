"""Clients of every transport, with and without message sizes, of one process and of two behind nginx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.plain_client import PlainClient
from tests.end_to_end.servers import Site, needs_nginx
from tests.end_to_end.test_states import drive
from tests.end_to_end.transports.client import Client
from tests.end_to_end.transports.clients import CLIENTS
from trackers.models import Tracker

Pose = Callable[..., Client]


@pytest.fixture(params=["daphne", pytest.param("nginx", marks=needs_nginx)])
def site(request: pytest.FixtureRequest, transactional_db: None) -> Site:
    return request.getfixturevalue({"daphne": "server", "nginx": "nginx_site"}[request.param])


@pytest.fixture(params=CLIENTS)
def transport(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[False, True], ids=["plain", "tracked"])
def tracks(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def leave() -> Iterator[ExitStack]:
    """Drops, after the test, the connections of the clients that are handed to it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pose(site: Site, transport: str, tracks: bool, leave: ExitStack) -> Pose:
    """Makes clients of the transport under test; not yet connected."""

    def make(**options: Any) -> Client:
        return leave.enter_context(CLIENTS[transport](site, **{"tracks": tracks, **options}))

    return make


@dataclass
class Fleet:
    """Alice's vans, and a login of hers."""

    site: Site
    credential: str
    vans: list[Tracker]

    def watch(self, client: Client) -> Client:
        """Lets a client that is open subscribe to all the vans, and takes the answer and the current states."""
        answer = client.subscribe(self.credential, [van.pk for van in self.vans])
        assert answer["type"] == "response"
        assert [source_of(message) for message in client.messages(len(self.vans))] == self.source_ids
        return client

    @property
    def source_ids(self) -> list[int]:
        return [van.source_id for van in self.vans]

    def drive(self, number: int, speed_knots: int) -> None:
        drive(self.site, self.vans[number], speed_knots)

    @contextmanager
    def heard_everywhere(self, events: Iterable[tuple[Any, ...]]) -> Iterator[None]:
        """Ends when each process has heard these events of the block: what it hears later does not wait for anybody."""
        with ExitStack() as stack:
            processes = getattr(self.site, "processes", [self.site])
            witnesses = [stack.enter_context(PlainClient(process)) for process in processes]
            for witness in witnesses:
                witness.subscribe(self.credential, [van.pk for van in self.vans])
                witness.messages(len(self.vans))
            yield
            for witness in witnesses:
                missing = Counter(events)
                while missing := missing - Counter([brief(witness.message())]):
                    pass


@pytest.fixture
def fleet(site: Site, alice: User, register: Callable[..., Tracker]) -> Fleet:
    return make_fleet(site, alice, register)


def make_fleet(site: Site, alice: User, register: Callable[..., Tracker]) -> Fleet:
    return Fleet(site, create_session(alice), [register(alice), register(alice)])


def source_of(message: dict[str, Any]) -> int:
    assert message["type"] == "event", message
    return message["data"]["source_id"]


def brief(message: dict[str, Any]) -> tuple[Any, ...]:
    """What matters of a message: what it is, of which source, and the speed or what befell it."""
    match message:
        case {"event": "state", "data": data}:
            return "state", data["source_id"], data["gps"]["speed"]
        case {"event": "lifecycle", "data": data}:
            return "lifecycle", data["source_id"], data["lifecycle_event"]
        case {"event": event, "data": data}:
            return event, data
        case {"type": "error", "status": status}:
            return "error", status["code"]
        case {"type": kind, "action": action, "data": data}:
            return kind, action, data
    raise AssertionError(message)
