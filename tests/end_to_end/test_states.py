"""Points 2 to 6 of the workflow with a plain websocket client."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.end_to_end.plain_client import ATMOSPHERE_QUERY, PlainClient, log_in, report
from tests.end_to_end.servers import Daphne
from trackers.models import Tracker

Register = Callable[..., Tracker]


@pytest.mark.contract(31, 36, 52, 54)
def test_client_gets_handshake_response_current_states_and_changes(
    server: Daphne, alice: User, register: Register
) -> None:
    vans = [register(alice), register(alice)]
    with PlainClient(server, ATMOSPHERE_QUERY) as client:
        tracking_id, interval, padding, rest = client.frame().split("|")
        assert (len(tracking_id), interval, padding, rest) == (36, "30000", "X", "")
        answer = client.subscribe(log_in(server, alice.login), [van.pk for van in vans])
        assert answer["type"] == "response"
        assert answer["action"] == "subscription/subscribe"
        assert answer["events"] == ["state"]
        assert answer["data"]["state"]["value"] == {str(van.pk): "normal" for van in vans}
        assert [event["data"]["source_id"] for event in client.messages(2)] == [van.source_id for van in vans]
        assert client.is_silent()

        assert report(server, vans[0].source.device_id, int(time.time()), lat=47.5, lon=19.04, speed=10) == 200
        event = client.message()
        assert (event["type"], event["event"]) == ("event", "state")
        assert event["data"]["source_id"] == vans[0].source_id
        assert event["data"]["gps"]["location"] == {"lat": 47.5, "lng": 19.04}
        assert event["data"]["gps"]["speed"] == 19
