"""The published Atmosphere clients in Chromium do what an integrator does with them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.end_to_end.browser import PageClient, elsewhere, needs_chromium, open_browser
from tests.end_to_end.plain_client import call, log_in, report
from tests.end_to_end.published_clients import CLIENTS, start_client
from tests.end_to_end.servers import Daphne
from trackers.models import Tracker
from trackers.services.trackers import corrupt_tracker, set_blocked

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.mark.api(31, 34, 36, 50, 52, 54, 60, 62, 63)
@pytest.mark.atmosphere(12, 13, 14, 20, 48)
@pytest.mark.parametrize("tracks", [False, True], ids=["plain", "tracking"])
@pytest.mark.parametrize("version", CLIENTS)
def test_published_client_does_the_whole_workflow(
    server: Daphne, alice: User, register: Callable[..., Tracker], version: str, tracks: bool
) -> None:
    vans = [register(alice, label="Van | 1"), register(alice), register(alice)]
    with open_browser() as browser:
        options = {"transport": "websocket", "fallbackTransport": "websocket", "trackMessageLength": tracks}
        client = start_client(browser.new_page(), server.url, version, **options)
        credential = log_in(server, alice.login)
        subscribes_and_gets_states(client, credential, vans)
        hears_changes_and_lifecycle(server, client, vans)
        unsubscribes(server, client, credential, vans)
        assert call(server, "user/logout", hash=credential)["success"]
        assert client.message() == {"type": "event", "event": "logout", "data": "session closed"}
        client.close()


def subscribes_and_gets_states(client: PageClient, credential: str, vans: list[Tracker]) -> None:
    for some in (vans[:2], vans[2:]):
        ids = [van.pk for van in some]
        client.push({"action": "subscribe", "hash": credential, "events": ["state"], "trackers": ids})
        answer, *events = client.messages(1 + len(some))
        assert answer["data"]["state"]["value"] == {str(van.pk): "normal" for van in some}
        assert [event["data"]["source_id"] for event in events] == [van.source_id for van in some]


def hears_changes_and_lifecycle(server: Daphne, client: PageClient, vans: list[Tracker]) -> None:
    assert report(server, vans[0].source.device_id, int(time.time()), lat=47.5, lon=19.04) == 200
    assert client.message()["data"]["gps"]["location"] == {"lat": 47.5, "lng": 19.04}
    elsewhere(set_blocked, vans[0].source_id, is_blocked=True)
    assert client.message()["data"]["lifecycle_event"] == "block"
    elsewhere(set_blocked, vans[0].source_id, is_blocked=False)
    unblocked, state = client.messages(2)
    assert (unblocked["data"]["lifecycle_event"], state["event"]) == ("unblock", "state")
    elsewhere(corrupt_tracker, vans[2])
    assert client.message()["data"] == {"source_id": vans[2].source_id, "lifecycle_event": "corrupt"}


def unsubscribes(server: Daphne, client: PageClient, credential: str, vans: list[Tracker]) -> None:
    client.push({"action": "unsubscribe", "hash": credential, "events": ["state"], "trackers": [vans[0].pk]})
    assert client.message()["data"] == [vans[0].pk]
    for van in vans[:2]:
        assert report(server, van.source.device_id, int(time.time()) + 1, lat=48, lon=20) == 200
    assert client.message()["data"]["source_id"] == vans[1].source_id
