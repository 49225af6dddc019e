"""Subscribing to states over a websocket: answers, current states, changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.services.api_keys import create_api_key
from tests.end_to_end.plain_client import ATMOSPHERE_QUERY, PlainClient, log_in, report
from tests.end_to_end.servers import Daphne
from tests.javascript import read_frames_as_javascript
from trackers.models import Tracker
from trackers.services.trackers import bind_sub_users, set_blocked

Register = Callable[..., Tracker]
OPTIONAL_KEYS = {"ignition", "ignition_update"}
COMPACT_KEYS = {
    "source_id gps connection_status movement_status movement_status_update last_update"
    " inputs inputs_update outputs outputs_update"
}


@pytest.fixture
def van(server: Daphne, alice: User, register: Register) -> Tracker:
    return register(alice)


def drive(server: Daphne, van: Tracker, speed_knots: int = 10, **fields: Any) -> None:
    """Lets a van report a drive, each time a second later."""
    moment = int(time.time()) - 100 + speed_knots
    assert report(server, van.source.device_id, moment, lat=47.5, lon=19.04, speed=speed_knots, **fields) == 200


@pytest.mark.api(31, 33, 36, 37, 52, 54)
@pytest.mark.atmosphere(11, 12, 13, 14, 24)
def test_client_gets_handshake_response_current_states_and_changes(
    server: Daphne, alice: User, register: Register
) -> None:
    vans = [register(alice), register(alice)]
    with PlainClient(server, ATMOSPHERE_QUERY) as client:
        tracking_id, interval, padding, rest = client.frame().split("|")
        assert (len(tracking_id), interval, padding, rest) == (53, "30000", "X", "")
        client.send("X")
        answer = client.subscribe(log_in(server, alice.login), [van.pk for van in vans])
        assert answer["type"] == "response"
        assert answer["action"] == "subscription/subscribe"
        assert answer["events"] == ["state"]
        statuses = {str(van.pk): "normal" for van in vans}
        assert answer["data"]["state"] == {"success": True, "value": statuses, **statuses}
        assert [event["data"]["source_id"] for event in client.messages(2)] == [van.source_id for van in vans]
        assert client.is_silent()

        drive(server, vans[0])
        event = client.message()
        assert (event["type"], event["event"]) == ("event", "state")
        assert event["data"]["source_id"] == vans[0].source_id
        assert event["data"]["gps"]["location"] == {"lat": 47.5, "lng": 19.04}
        assert event["data"]["gps"]["speed"] == 19
        assert set(event) == {"type", "event", "user_time", "data"}


@pytest.mark.api(32, 34)
def test_plain_client_gets_nothing_but_json(server: Daphne, alice: User, van: Tracker) -> None:
    with PlainClient(server) as client:
        answer = client.subscribe(log_in(server, alice.login), [van.pk])
        assert answer["type"] == "response"
        assert client.message()["event"] == "state"


@pytest.mark.api(34)
@pytest.mark.atmosphere(12, 29, 30, 31)
def test_frames_carry_lengths_when_asked_for(server: Daphne, alice: User, van: Tracker) -> None:
    with PlainClient(server, ATMOSPHERE_QUERY + "&X-Atmosphere-TrackMessageSize=true") as client:
        assert client.frame().startswith("62|")
        client.send({"action": "subscribe", "hash": "é|😀", "events": ["state"], "trackers": [van.pk]})
        client.send({"action": "subscribe", "hash": log_in(server, alice.login), "events": ["state"], "trackers": [1]})
        frames = [client.frame(), client.frame()]
        assert [len(read_frames_as_javascript(frame)) for frame in frames] == [1, 1]
        assert '"type":"error"' in frames[0]
        assert '"type":"response"' in frames[1]


@pytest.mark.api(35, 40, 42)
def test_wrong_hash_repeats_command_and_keeps_socket(server: Daphne, alice: User, van: Tracker) -> None:
    with PlainClient(server) as client:
        for credential, code in [("no hash", 3), (None, 3), ("0" * 32, 4)]:
            client.send(
                {"action": "subscribe", "hash": credential, "events": ["state"], "trackers": [van.pk], "a|b": 1}
            )
            frame = client.frame()
            assert "|" not in frame
            assert f'"code":{code},' in frame
            assert '"action":"subscription/subscribe"' in frame
            assert f'"data":{{"events":["state"],"trackers":[{van.pk}],"a\\u007cb":1}}' in frame
        assert client.subscribe(log_in(server, alice.login), [van.pk])["type"] == "response"


@pytest.mark.api(38)
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("alice", ["normal", "blocked", "normal", "unknown", "unknown"]),
        ("bob", ["normal", "blocked", "disallowed", "unknown", "unknown"]),
        ("charlie", ["unknown", "unknown", "unknown", "normal", "unknown"]),
    ],
)
def test_status_says_what_the_credential_may_see(
    server: Daphne, alice: User, bob: User, charlie: User, register: Register, who: str, expected: list[str]
) -> None:
    bound, blocked, hidden, foreign = register(alice), register(alice), register(alice), register(charlie)
    for tracker in (bound, blocked):
        bind_sub_users(tracker, [bob])
    set_blocked(blocked.source_id, is_blocked=True)
    ids = [bound.pk, blocked.pk, hidden.pk, foreign.pk, 2**62]
    user = {"alice": alice, "bob": bob, "charlie": charlie}[who]
    with PlainClient(server) as client:
        value = client.subscribe(log_in(server, user.login), ids)["data"]["state"]["value"]
        assert [value[str(tracker_id)] for tracker_id in ids] == expected
        shown = [event["data"]["source_id"] for event in client.messages(expected.count("normal"))]
        normal = [
            t for t, status in zip((bound, blocked, hidden, foreign), expected, strict=False) if status == "normal"
        ]
        assert shown == [tracker.source_id for tracker in normal]
        driven = (hidden, foreign, bound)
        for tracker in driven:
            drive(server, tracker)
        heard = [event["data"]["source_id"] for event in client.messages(len(normal))]
        assert heard == [tracker.source_id for tracker in driven if tracker in normal]


@pytest.mark.api(39, 52)
def test_repeated_ids_give_one_entry_and_one_state(server: Daphne, alice: User, van: Tracker) -> None:
    with PlainClient(server) as client:
        answer = client.subscribe(log_in(server, alice.login), [van.pk, van.pk, str(van.pk)])
        assert answer["data"]["state"]["value"] == {str(van.pk): "normal"}
        assert client.message()["data"]["source_id"] == van.source_id
        drive(server, van)
        assert client.message()["data"]["gps"]["speed"] == 19


@pytest.mark.api(43, 46)
def test_failed_request_leaves_its_neighbours_alone(server: Daphne, alice: User, register: Register) -> None:
    ids = [register(alice).pk for _ in range(11)]
    target = {"type": "selected", "tracker_ids": ids}
    requests = [{"type": "state", "trackers": ids[:1]}, {"type": "iot_monitor", "target": target}]
    with PlainClient(server) as client:
        client.send({"action": "subscribe", "hash": log_in(server, alice.login), "requests": requests})
        answer = client.message()
        assert answer["events"] == ["state", "iot_monitor"]
        assert answer["data"]["state"] == {"success": True, "value": {str(ids[0]): "normal"}}
        assert answer["data"]["iot_monitor"]["success"] is False
        assert answer["data"]["iot_monitor"]["status"]["code"] == 7
        assert client.message()["event"] == "state"
        assert client.is_silent()


@pytest.mark.api(44, 47)
def test_compact_state_has_the_compact_keys(server: Daphne, alice: User, van: Tracker) -> None:
    requests = [{"type": "state", "trackers": [van.pk], "format": "compact", "rate_limit": "5s"}]
    with PlainClient(server) as client:
        client.send({"action": "subscribe", "hash": log_in(server, alice.login), "requests": requests, "extra": {}})
        assert client.message()["type"] == "response"
        assert set(client.message()["data"]) == set(*map(str.split, COMPACT_KEYS))


@pytest.mark.api(48)
@pytest.mark.parametrize("iso", [True, False])
def test_dates_follow_the_users_zone_and_format(server: Daphne, alice: User, van: Tracker, iso: bool) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    drive(server, van)
    with PlainClient(server) as client:
        client.subscribe(log_in(server, alice.login), [van.pk], iso_datetime=iso)
        event = client.message()
        dates = [event["user_time"], event["data"]["last_update"], event["data"]["gps"]["updated"]]
        pattern = "%Y-%m-%dT%H:%M:%S%z" if iso else "%Y-%m-%d %H:%M:%S%z"
        for date in dates:
            moment = datetime.strptime(date if iso else f"{date}+09:00", pattern)
            assert abs(moment - datetime.now(UTC)) < timedelta(minutes=5)
            assert date.endswith("+09:00") is iso


@pytest.mark.api(49)
def test_second_subscribe_adds_to_the_first(server: Daphne, alice: User, register: Register) -> None:
    first, second = register(alice), register(alice)
    credential = log_in(server, alice.login)
    with PlainClient(server) as client:
        for van in (first, second):
            assert client.subscribe(credential, [van.pk])["type"] == "response"
            assert client.message()["data"]["source_id"] == van.source_id
        for van in (first, second):
            drive(server, van)
            assert client.message()["data"]["source_id"] == van.source_id


@pytest.mark.api(50)
def test_unsubscribe_silences_tracker_and_lists_ids(server: Daphne, alice: User, register: Register) -> None:
    left, kept = register(alice), register(alice)
    credential = log_in(server, alice.login)
    with PlainClient(server) as client:
        client.subscribe(credential, [left.pk, kept.pk])
        client.messages(2)
        client.send({"action": "unsubscribe", "hash": credential, "events": ["state"], "trackers": [left.pk, left.pk]})
        answer = {"type": "response", "action": "subscription/unsubscribe", "events": ["state"]}
        assert client.message() == {**answer, "data": [left.pk, left.pk]}
        drive(server, left)
        drive(server, kept)
        assert client.message()["data"]["source_id"] == kept.source_id


@pytest.mark.api(51)
def test_api_key_works_like_a_session(server: Daphne, alice: User, van: Tracker) -> None:
    _, credential = create_api_key(alice, "integration")
    with PlainClient(server) as client:
        assert client.subscribe(credential, [van.pk])["data"]["state"]["value"] == {str(van.pk): "normal"}
        assert client.message()["event"] == "state"


@pytest.mark.api(58, 59)
def test_full_state_keeps_unknown_keys_as_null(server: Daphne, alice: User, van: Tracker) -> None:
    with PlainClient(server) as client:
        client.subscribe(log_in(server, alice.login), [van.pk])
        empty = client.message()["data"]
        assert set(empty) - OPTIONAL_KEYS == set(*map(str.split, COMPACT_KEYS)) | {
            *("gsm", "battery_level", "battery_update", "additional", "actual_track_update")
        }
        assert empty["gps"]["location"] is None
        assert empty["inputs"] == empty["outputs"] == []
        drive(server, van, batt=50)
        full = client.message()["data"]
        assert set(empty) <= set(full)
        assert all(isinstance(number, float) for number in full["gps"]["location"].values())
        assert full["battery_level"] == 50
