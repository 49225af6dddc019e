"""The admin's list of connected clients over two processes, and the end of one of them, on every transport."""

from __future__ import annotations

import html
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from accounts.models import User
from accounts.services.sessions import create_session
from tests.end_to_end.conftest import Start
from tests.end_to_end.servers import Daphne, wait_until
from tests.end_to_end.transports.client import Client
from tests.end_to_end.transports.clients import CLIENTS
from tests.end_to_end.transports.conftest import Fleet
from tests.patience import PATIENCE_S
from tests.people import PASSWORD
from trackers.models import Tracker

LIST = "/admin/events/connectedclient/"
TARGET = re.compile(r'name="client" value="([^"]*)"')
CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")


class Page:
    """The list as a member of the staff sees it, served by one of the processes."""

    def __init__(self, server: Daphne, user: User) -> None:
        self._http = httpx.Client(base_url=server.url, timeout=PATIENCE_S, follow_redirects=True)
        self._http.get("/admin/login/")
        self._post("/admin/login/?next=/admin/", username=user.login, password=PASSWORD)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._http.close()

    def text(self, query: str = "") -> str:
        answer = self._http.get(LIST, params={"q": query} if query else None)
        assert answer.status_code == 200
        return answer.text

    def rows(self, query: str = "") -> list[list[str]]:
        """The cells of each client as text, by which it is ended last."""
        _, _, table = self.text(query).partition("<tbody>")
        rows = table.partition("</tbody>")[0].split("</tr>")[:-1]
        return [
            [" ".join(html.unescape(TAG.sub(" ", cell)).split()) for cell in CELL.findall(row)][:-1]
            + TARGET.findall(row)
            for row in rows
        ]

    def end(self, target: str) -> str:
        return self._post(LIST, client=target)

    def _post(self, path: str, **fields: str) -> str:
        token = {"csrfmiddlewaretoken": self._http.cookies["csrftoken"]}
        answer = self._http.post(path, data=fields | token)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def processes(serve: Start) -> list[Daphne]:
    """They hear each other, and no process of other tests: those would be in the list as well."""
    return [serve(name=name, REDIS_PREFIX="surveyed") for name in ("surveyed", "surveyed too")]


@pytest.fixture
def leave() -> Iterator[ExitStack]:
    """Drops, after the test, the connections of the clients that are handed to it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def page(processes: list[Daphne], leave: ExitStack) -> Page:
    """The list by the first process, once both know of each other and no client of another test is left."""
    root = User.objects.create_superuser("root@fleet.example", PASSWORD)
    page = leave.enter_context(Page(processes[0], root))
    # A process begins to listen with its first client.
    for process in processes:
        leave.enter_context(CLIENTS["websocket"](process)).open()
    wait_until(lambda: len({row[7] for row in page.rows()}) == 2, "both processes in the list")
    return page


@pytest.fixture
def fleets(processes: list[Daphne], alice: User, register: Callable[..., Tracker]) -> list[Fleet]:
    """Alice's vans, seen through each process."""
    vans, credential = [register(alice), register(alice)], create_session(alice)
    return [Fleet(process, credential, vans) for process in processes]


def test_list_describes_clients_of_both_processes(page: Page, fleets: list[Fleet], leave: ExitStack) -> None:
    for transport in ("websocket", "sse"):
        for fleet in fleets:
            fleet.watch(leave.enter_context(CLIENTS[transport](fleet.site)).open())
    rows = page.rows("alice@fleet")
    assert sorted(row[1] for row in rows) == ["sse", "sse", "websocket", "websocket"]
    assert {(row[0], row[2], row[4]) for row in rows} == {("alice@fleet.example (session)", "127.0.0.1", "state: 2")}
    assert all(row[5].startswith("3 frames ") and row[6] == "0 messages 0 states" for row in rows)
    assert len({row[7] for row in rows}) == 2
    assert page.rows("nobody@fleet") == []
    assert len(page.rows("127.0.0.1")) >= 6


@pytest.mark.parametrize("transport", CLIENTS)
@pytest.mark.parametrize("where", [0, 1], ids=["here", "elsewhere"])
def test_ended_client_hears_logout_and_begins_anew(
    page: Page, fleets: list[Fleet], leave: ExitStack, transport: str, where: int
) -> None:
    fleet = fleets[where]
    client: Client = fleet.watch(leave.enter_context(CLIENTS[transport](fleet.site, tracks=True)).open())
    client.hold()
    [row] = page.rows("alice@fleet")
    assert row[1].split()[0] == transport
    bystander = fleet.watch(leave.enter_context(CLIENTS["websocket"](fleet.site)).open())
    assert "was ended" in page.end(row[-1])
    assert client.next_message() == {"type": "event", "event": "logout", "data": "session closed"}
    client.drop()
    client.tracking_id = "0"
    client.open()
    fleet.watch(client)
    fleet.drive(0, 10)
    assert bystander.next_message()["data"]["gps"]["speed"] == 19
    assert client.next_message()["data"]["gps"]["speed"] == 19


def test_hung_process_is_named_others_are_listed(
    page: Page, processes: list[Daphne], fleets: list[Fleet], leave: ExitStack
) -> None:
    for fleet in fleets:
        fleet.watch(leave.enter_context(CLIENTS["sse"](fleet.site)).open())
    names = {row[7] for row in page.rows("alice@fleet")}
    assert len(names) == 2
    os.kill(processes[1].pid, signal.SIGSTOP)
    try:
        text, rows = page.text("alice@fleet"), page.rows("alice@fleet")
    finally:
        os.kill(processes[1].pid, signal.SIGCONT)
    [name] = {row[7] for row in rows}
    [silent] = names - {name}
    assert f"missing here: {silent}." in text
    wait_until(lambda: len(page.rows("alice@fleet")) == 2, "the process that goes on")
