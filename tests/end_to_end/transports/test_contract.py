"""What every client can rely on, whatever its transport: the same tests over all of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Session
from accounts.services.sessions import close_sessions
from tests.alerts.raising import make_rule, raise_alerts
from tests.end_to_end.servers import Site
from tests.end_to_end.transports.client import Line
from tests.end_to_end.transports.clients import CLIENTS, Websocket
from tests.end_to_end.transports.conftest import Fleet, Pose, brief
from tests.end_to_end.transports.wire import ELSEWHERE
from trackers.services.trackers import set_blocked

KMH = {10: 19, 20: 37, 30: 56, 40: 74}
# With a UUID behind it as long as an id may be.
OWN_ID = "my-own_ID-".ljust(92, "7")
UNKNOWN_ACTION = {"action": "delete"}
EVERY_CLIENT = [(name, line) for name in CLIENTS for line in Line if name != "jsonp" or line.is_legacy]
EVERY_LINE = pytest.mark.parametrize(("transport", "line"), EVERY_CLIENT)
EVERY_LINE_THAT_SAYS_GOODBYE = pytest.mark.parametrize(
    ("transport", "line"), [(name, line) for name, line in EVERY_CLIENT if line is not Line.TYPESCRIPT]
)


def unsubscribe(fleet: Fleet, number: int) -> dict[str, Any]:
    """A command whose answer tells its number."""
    return {"action": "unsubscribe", "hash": fleet.credential, "events": ["state"], "trackers": [number]}


def answer_to(number: int) -> tuple[Any, ...]:
    return "response", "subscription/unsubscribe", [number]


@EVERY_LINE
@pytest.mark.atmosphere(2, 7, 11, 12, 13, 15, 19, 30, 42, 43)
def test_client_gets_handshake_answer_current_states_and_changes(pose: Pose, fleet: Fleet, line: Line) -> None:
    client = pose(line=line).open()
    assert len(client.tracking_id) == 53
    fleet.watch(client)
    for speed in (10, 20):
        fleet.drive(0, speed)
        assert brief(client.next_message()) == ("state", fleet.source_ids[0], KMH[speed])
    assert client.is_silent()


@EVERY_LINE
@pytest.mark.atmosphere(16, 17, 49, 53, 54, 56)
def test_lost_client_gets_waiting_then_new_messages(pose: Pose, fleet: Fleet, line: Line) -> None:
    client = fleet.watch(pose(line=line).open())
    client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    fleet.drive(1, 10)
    client.come_back()
    waited = [brief(message) for message in client.messages(2)]
    assert sorted(waited) == [("lifecycle", fleet.source_ids[0], "block"), ("state", fleet.source_ids[1], KMH[10])]
    fleet.drive(1, 20)
    assert brief(client.next_message()) == ("state", fleet.source_ids[1], KMH[20])


@pytest.mark.alerts(51)
def test_every_alert_comes_that_waited(pose: Pose, fleet: Fleet) -> None:
    van, other = fleet.vans
    client = pose().open()
    target = {"type": "selected", "tracker_ids": [van.pk]}
    client.push({"action": "subscribe", "hash": fleet.credential, "requests": [{"type": "history", "target": target}]})
    assert client.next_message()["data"]["history"]["value"] == {str(van.pk): "normal"}
    rule = make_rule(van)
    (first,) = raise_alerts(rule, van)
    assert client.next_message()["data"]["id"] == first.pk
    client.lose()
    raise_alerts(rule, other)
    waited = raise_alerts(rule, van, 3)
    client.come_back()
    assert [message["data"]["id"] for message in client.messages(3)] == [alert.pk for alert in waited]
    assert client.is_silent()


@pytest.mark.atmosphere(31, 32, 36, 42)
def test_answers_follow_command_order_each_once(pose: Pose, fleet: Fleet) -> None:
    client = pose().open()
    for number in range(20):
        client.push(unsubscribe(fleet, number))
    assert [brief(client.next_message()) for _ in range(20)] == [answer_to(number) for number in range(20)]
    assert client.is_silent()


@pytest.mark.atmosphere(56)
def test_what_waited_comes_once(pose: Pose, fleet: Fleet) -> None:
    client = fleet.watch(pose().open())
    client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    client.come_back()
    assert brief(client.next_message()) == ("lifecycle", fleet.source_ids[0], "block")
    client.lose()
    fleet.drive(1, 10)
    client.come_back()
    assert brief(client.next_message()) == ("state", fleet.source_ids[1], KMH[10])
    assert client.is_silent()


@pytest.mark.atmosphere(56)
def test_newest_state_and_all_lifecycle_events_wait(pose: Pose, fleet: Fleet) -> None:
    client = fleet.watch(pose().open())
    client.lose()
    newest = ("state", fleet.source_ids[1], KMH[30])
    events = [("lifecycle", fleet.source_ids[0], event) for event in ("block", "unblock", "block")]
    with fleet.heard_everywhere([newest, *events]):
        for speed in (10, 20, 30):
            fleet.drive(1, speed)
        for is_blocked in (True, False, True):
            set_blocked(fleet.source_ids[0], is_blocked=is_blocked)
    client.come_back()
    waited = [brief(message) for message in client.messages(4)]
    assert waited.count(newest) == 1
    assert [one for one in waited if one != newest] == events
    assert client.is_silent()


@pytest.mark.atmosphere(56)
def test_logout_waits_behind_what_came_before(pose: Pose, fleet: Fleet) -> None:
    client = fleet.watch(pose().open())
    client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    close_sessions(Session.objects.all())
    client.come_back()
    waited = [brief(message) for message in client.messages(2)]
    assert waited == [("lifecycle", fleet.source_ids[0], "block"), ("logout", "session closed")]
    assert client.is_silent()


@pytest.mark.parametrize("transport", [name for name in CLIENTS if name != "websocket"])
@pytest.mark.atmosphere(56)
def test_answer_waits_for_an_absent_client(pose: Pose, fleet: Fleet) -> None:
    client = pose().open()
    client.drop()
    for number in range(3):
        client.push(unsubscribe(fleet, number))
    client.come_back()
    assert [brief(message) for message in client.messages(3)] == [answer_to(number) for number in range(3)]


@pytest.mark.atmosphere(46)
def test_newer_connection_with_same_id_ends_older(pose: Pose, fleet: Fleet) -> None:
    older = fleet.watch(pose().open())
    older.hold()
    newer = pose(tracking_id=older.tracking_id)
    newer.come_back()
    assert older.wait_for_end() == []
    fleet.drive(0, 10)
    assert brief(newer.next_message()) == ("state", fleet.source_ids[0], KMH[10])
    newer.push(UNKNOWN_ACTION)
    assert brief(newer.next_message()) == ("error", 7)


@EVERY_LINE_THAT_SAYS_GOODBYE
@pytest.mark.atmosphere(48, 50)
def test_client_returns_as_new_after_goodbye(pose: Pose, fleet: Fleet, line: Line) -> None:
    client = fleet.watch(pose(line=line).open())
    client.close_politely()
    client.request_close()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    client.come_back()
    assert client.is_silent()
    fleet.drive(1, 10)
    assert client.is_silent()


@pytest.mark.atmosphere(48)
def test_close_request_ends_what_is_held(pose: Pose, fleet: Fleet) -> None:
    client = fleet.watch(pose().open())
    client.hold()
    client.request_close()
    if isinstance(client, Websocket):
        assert client.is_open()  # the client closes it, in its own time
    else:
        assert client.wait_for_end() == []


@pytest.mark.atmosphere(24, 28, 33)
def test_protocol_words_are_swallowed_before_a_command(pose: Pose, fleet: Fleet) -> None:
    client = pose().open()
    for word in ("X", "...ACK...", "X"):
        client.push(word)
    client.push("@@/path@@" + '{"action":"delete"}')
    assert brief(client.next_message()) == ("error", 7)
    assert client.is_silent()


@pytest.mark.atmosphere(18, 29, 30, 31, 33)
def test_texts_with_bars_and_astral_characters_arrive_whole(pose: Pose) -> None:
    client = pose().open()
    odd = {"a|b": '7|{"n":1}', "é": "😀\r\n\u2028</script>\\", "data:": "X"}
    client.push({"action": "subscribe", "hash": "0" * 32, "events": ["state"], "trackers": [1], **odd})
    answer = client.next_message()
    assert brief(answer) == ("error", 4)
    assert {name: answer["data"][name] for name in odd} == odd
    assert client.is_silent()


@pytest.mark.atmosphere(5, 16, 55)
def test_first_request_may_bring_own_id(pose: Pose, fleet: Fleet, transport: str) -> None:
    client = pose(tracking_id=f"{OWN_ID}{uuid4()}").come_back()
    fleet.watch(client)
    client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    client.come_back()
    if transport in ("long-polling", "jsonp"):
        assert brief(client.next_message()) == ("lifecycle", fleet.source_ids[0], "block")
    else:  # another may have chosen the same
        assert client.is_silent()


@pytest.mark.atmosphere(57)
def test_same_id_below_another_prefix_is_another_client(pose: Pose, fleet: Fleet) -> None:
    client = fleet.watch(pose().open())
    other = pose(tracking_id=client.tracking_id, path="/v2/event/subscription")
    other.come_back()
    other.request_close()
    fleet.drive(0, 10)
    assert brief(client.next_message()) == ("state", fleet.source_ids[0], KMH[10])


@pytest.mark.atmosphere(57)
def test_stolen_id_gets_nothing_and_disturbs_nobody(pose: Pose, fleet: Fleet) -> None:
    client = fleet.watch(pose().open())
    client.lose()
    set_blocked(fleet.source_ids[0], is_blocked=True)
    thief = pose(tracking_id=client.tracking_id, source=ELSEWHERE)
    thief.come_back()
    thief.push(UNKNOWN_ACTION)
    assert brief(thief.next_message()) == ("error", 7)
    assert thief.is_silent()
    thief.request_close()
    client.come_back()
    assert brief(client.next_message()) == ("lifecycle", fleet.source_ids[0], "block")
    fleet.drive(1, 10)
    assert brief(client.next_message()) == ("state", fleet.source_ids[1], KMH[10])
    assert client.is_silent()


def test_two_clients_do_not_hear_each_others_answers(pose: Pose, fleet: Fleet) -> None:
    clients = [pose().open(), pose().open()]
    for number, client in enumerate(clients):
        client.push(unsubscribe(fleet, number))
    for number, client in enumerate(clients):
        assert brief(client.next_message()) == answer_to(number)
        assert client.is_silent()


def test_many_returning_clients_are_not_mixed_up(pose: Pose, fleet: Fleet, site: Site) -> None:
    clients = [fleet.watch(pose().open()) for _ in range(6)]
    for speed in (10, 20, 30):
        for client in clients[::2]:
            client.lose()
        fleet.drive(0, speed)
        for client in clients[::2]:
            client.come_back()
        for client in clients:
            assert brief(client.next_message()) == ("state", fleet.source_ids[0], KMH[speed])
