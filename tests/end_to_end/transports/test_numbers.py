"""Numbers on events, over every transport: a client that asks for them can tell what it lost (docs/decisions/0051)."""

from __future__ import annotations

from typing import Any

from tests.end_to_end.transports.client import Client
from tests.end_to_end.transports.conftest import Fleet, Pose, brief
from trackers.services.trackers import set_blocked

KMH = {10: 19, 20: 37}


def subscribe(client: Client, fleet: Fleet, sequence: object) -> dict[str, Any]:
    """What the answer says of numbers."""
    command = {"action": "subscribe", "hash": fleet.credential, "events": ["state"], "sequence": sequence}
    client.push({**command, "trackers": [van.pk for van in fleet.vans]})
    told: dict[str, Any] = client.next_message()["sequence"]
    return told


def numbers(messages: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Number and tracker of each."""
    return [(message["sequence"], message["tracker_id"]) for message in messages]


def test_numbers_go_on_over_an_absence(pose: Pose, fleet: Fleet) -> None:
    first, second = (van.pk for van in fleet.vans)
    client = pose().open()
    place = subscribe(client, fleet, True)
    assert place == {"epoch": place["epoch"], "number": 0}
    assert numbers(client.messages(2)) == [(1, first), (2, second)]
    fleet.drive(0, 10)
    assert numbers(client.messages(1)) == [(3, first)]
    client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    client.come_back()
    assert numbers(client.messages(1)) == [(4, first)]
    assert subscribe(client, fleet, {**place, "number": 4}) == {**place, "number": 4, "recovered": True}
    fleet.drive(1, 20)
    # Nothing of what was heard came again.
    message = client.next_message()
    assert brief(message) == ("state", fleet.source_ids[1], KMH[20])
    assert numbers([message]) == [(5, second)]


def test_who_lost_an_event_gets_all_states_anew(pose: Pose, fleet: Fleet) -> None:
    client = pose().open()
    place = subscribe(client, fleet, True)
    client.messages(2)
    client.lose()
    client.come_back()
    told = subscribe(client, fleet, {**place, "number": 1})
    # Another process may be asked before it knows what the client left; then it counts anew.
    assert told["recovered"] is False
    assert [message["sequence"] for message in client.messages(2)] == [told["number"] + 1, told["number"] + 2]
    told = subscribe(client, fleet, {"epoch": "another", "number": 4})
    assert told["recovered"] is False
    assert [message["sequence"] for message in client.messages(2)] == [told["number"] + 1, told["number"] + 2]
