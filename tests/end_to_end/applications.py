"""Pages that hear of a fleet through a network of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.browser import PageClient, open_browser
from tests.end_to_end.cutting_proxy import CuttingProxy, Websockets
from tests.end_to_end.moving_fleet import Fleet
from tests.end_to_end.published_clients import start_client
from tests.end_to_end.servers import Daphne, wait_until


@dataclass(frozen=True)
class Application:
    """A page with a client in it, and the network that it alone uses."""

    client: PageClient
    network: CuttingProxy

    def transports(self) -> set[str]:
        """The transports by which it asked for events."""
        return {request.transport for request in self.network.requests if request.connects}


@contextmanager
def open_applications(
    server: Daphne,
    fleet: Fleet,
    version: str,
    *options: dict[str, Any],
    websockets: Websockets = Websockets.PASS,
) -> Iterator[list[Application]]:
    """One page for each of the options of the client, each of which has subscribed to the whole fleet.

    They are opened one after the other: without message sizes, a page that is too busy to read takes two for one.
    """
    greeting = fleet.subscribe()
    with ExitStack() as stack:
        browser = stack.enter_context(open_browser())
        applications = []
        for wanted in options:
            network = stack.enter_context(CuttingProxy(server.port, websockets))
            page = stack.enter_context(browser.new_page())
            client = start_client(page, network.url, version, greeting=greeting, **wanted)
            client.everything(len(fleet.told))
            applications.append(Application(client, network))
        yield applications


def wait_for_heartbeats(applications: Sequence[Application], side: str) -> None:
    """Returns when each network has carried one more heartbeat from this side, `server` or `client`."""
    before = [application.network.heartbeats[side] for application in applications]
    for application, count in zip(applications, before, strict=True):
        beats = application.network.heartbeats
        wait_until(lambda beats=beats, count=count: beats[side] > count, f"a heartbeat of the {side}")
