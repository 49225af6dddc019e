"""What each known client of the event connection sends and reads (api appendix A: C1 to C6).

Each is written as its program is: it reads what that one reads, and stumbles over what makes that one stumble.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from accounts.models import User
from tests.end_to_end.browser import PATIENCE_MS, elsewhere, needs_chromium, open_browser, show_page
from tests.end_to_end.plain_client import PATIENCE_S, PlainClient, call, log_in, report
from tests.end_to_end.published_clients import start_client
from tests.end_to_end.servers import Daphne
from tests.end_to_end.test_states import COMPACT_KEYS, drive
from trackers.models import Tracker
from trackers.services.trackers import corrupt_tracker, set_blocked

SINGAPORE = "Asia/Singapore"
PLAIN_DATE = "%Y-%m-%d %H:%M:%S"
ISO_DATE = "%Y-%m-%dT%H:%M:%S%z"


@pytest.fixture
def vans(server: Daphne, alice: User, register: Callable[..., Tracker]) -> list[Tracker]:
    return [register(alice), register(alice)]


def is_recent(moment: datetime) -> bool:
    return abs(moment - datetime.now(UTC)) < timedelta(minutes=5)


def forward_position(server: Daphne, van: Tracker, **attributes: Any) -> None:
    """Lets a Traccar server forward a position of the van, of this moment."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    place = {"latitude": 47.5, "longitude": 19.04, "altitude": 120.0, "speed": 10.0, "course": 90.0, "valid": True}
    times = {"fixTime": moment, "deviceTime": moment, "serverTime": moment}
    document = {
        "position": {**place, **times, "attributes": attributes},
        "device": {"uniqueId": van.source.device_id},
    }
    answer = httpx.post(f"{server.url}/ingest/traccar", json=document, timeout=PATIENCE_S)
    assert (answer.status_code, answer.text) == (200, "")


# C1: a poller that asks, closes at once, and reads what comes before its close is answered


def ask_and_close(server: Daphne, *commands: dict[str, Any]) -> tuple[list[str], int | None]:
    """The frames that come before the server's answer to a close frame sent with the commands, and its code."""
    query = "X-Atmosphere-tracking-id=0&Content-Type=application/json&X-atmo-protocol=true"
    protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{server.port}/event/subscription?{query}"))
    frames: list[str] = []
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as line:
        protocol.send_request(protocol.connect())
        line.sendall(b"".join(protocol.data_to_send()))
        while protocol.state is State.CONNECTING:
            protocol.receive_data(line.recv(65536))
        protocol.events_received()
        for command in commands:
            protocol.send_text(json.dumps(command).encode())
        protocol.send_close(1000)
        line.sendall(b"".join(protocol.data_to_send()))
        while data := line.recv(65536):
            protocol.receive_data(data)
            events = [event for event in protocol.events_received() if isinstance(event, Frame)]
            frames += [event.data.decode() for event in events if event.opcode is Opcode.TEXT]
    protocol.receive_eof()
    return frames, protocol.close_code


@pytest.mark.api(10, 35, 36, 37, 52, 58, 59)
def test_c1_closing_poller_gets_status_and_state(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    call(server, "user/settings/update", hash=log_in(server, alice.login), time_zone=SINGAPORE)
    forward_position(server, vans[0], operator="Sample Net", rssi=20, batteryLevel=92.0)
    tracker_id = vans[0].pk
    command = {
        "action": "subscribe",
        "hash": log_in(server, alice.login),
        "events": ["state"],
        "trackers": [tracker_id],
    }
    frames, code = ask_and_close(server, command)
    assert "X" not in "".join(frames)
    answer, event = map(json.loads, frames)
    assert answer["data"]["state"]["value"][str(tracker_id)] == "normal"
    state = event["data"]
    assert state["gps"]["location"] == {"lat": 47.5, "lng": 19.04}
    assert (state["gps"]["alt"], state["gps"]["heading"], state["gps"]["speed"]) == (120, 90, 19)
    assert state["gsm"]["network_name"] == "Sample Net"
    assert 0 <= state["gsm"]["signal_level"] <= 100
    assert state["battery_level"] == 92
    assert (state["connection_status"], state["movement_status"]) == ("active", "moving")
    dates = [state["last_update"], state["battery_update"], state["gps"]["updated"], state["gsm"]["updated"]]
    assert all(is_recent(datetime.strptime(f"{date}+0800", f"{PLAIN_DATE}%z")) for date in dates)
    assert code == 1000


@pytest.mark.api(58)
def test_c1_state_without_report_has_every_member(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    command = {
        "action": "subscribe",
        "hash": log_in(server, alice.login),
        "events": ["state"],
        "trackers": [vans[0].pk],
    }
    _, event = map(json.loads, ask_and_close(server, command)[0])
    state = event["data"]
    members = {"gps": ("location", "alt", "heading", "speed", "updated")}
    members["gsm"] = ("network_name", "signal_level", "updated")
    assert [state[part][name] for part, names in members.items() for name in names] == [None] * 8
    assert (state["battery_level"], state["battery_update"], state["last_update"]) == (None, None, None)


@pytest.mark.api(36, 38, 61)
def test_c1_closing_poller_learns_of_the_block(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    set_blocked(vans[0].source_id, is_blocked=True)
    command = {
        "action": "subscribe",
        "hash": log_in(server, alice.login),
        "events": ["state"],
        "trackers": [vans[0].pk],
    }
    frames, code = ask_and_close(server, command)
    assert [json.loads(frame)["data"]["state"]["value"] for frame in frames] == [{str(vans[0].pk): "blocked"}]
    assert code == 1000


def test_c1_close_frame_without_a_command_is_answered(server: Daphne) -> None:
    assert ask_and_close(server) == ([], 1000)


# C2: a relay of alarms, which logs in anew each time that it connects


class AlarmRelay:
    """Looks for the one alarm that it relays, by the names that `tracker/list` gives to sources."""

    ALARM = "42"

    def __init__(self, server: Daphne, login: str) -> None:
        self._server, self._login = server, login
        self.hashes: list[str] = []

    @contextmanager
    def connect(self) -> Iterator[PlainClient]:
        self.hashes.append(log_in(self._server, self._login))
        listed = call(self._server, "tracker/list", hash=self.hashes[-1])["list"]
        self._labels = {tracker["source"]["id"]: tracker["label"] for tracker in listed}
        wanted = {"target": {"type": "all"}, "rate_limit": "5s", "include_components": True}
        requests = [{"type": "readings_batch", **wanted}, {"type": "state_batch", **wanted}]
        with PlainClient(self._server, origin="https://relay.example") as client:
            client.send({"action": "subscribe", "hash": self.hashes[-1], "iso_datetime": True, "requests": requests})
            yield client

    def alarms(self, frame: str) -> list[tuple[str, dict[str, float], datetime]]:
        """Whose alarms a frame tells, where, and when."""
        document = json.loads(frame) if frame.startswith("{") else {}
        found = []
        for item in document["data"] if document.get("event") == "state_batch" else ():
            if item["type"] != "source_state_event":
                continue
            state = item["state"]
            if state["additional"].get("event_code", {}).get("value") == self.ALARM:
                seen = datetime.strptime(state["gps"]["updated"], ISO_DATE)
                found.append((self._labels[state["source_id"]], state["gps"]["location"], seen))
        return found


@pytest.mark.api(11, 32, 43, 47, 48, 53, 57)
def test_c2_relay_hears_alarms_of_the_whole_fleet(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    call(server, "user/settings/update", hash=log_in(server, alice.login), time_zone=SINGAPORE)
    relay = AlarmRelay(server, alice.login)
    with relay.connect() as socket:
        assert socket.message()["events"] == ["readings_batch", "state_batch"]
        assert {socket.message()["event"], socket.message()["event"]} == {"readings_batch", "state_batch"}
        forward_position(server, vans[1], event=42)
        alarms: list[Any] = []
        while not alarms:
            alarms = relay.alarms(socket.frame())
    ((label, location, seen),) = alarms
    assert (label, location) == (vans[1].label, {"lat": 47.5, "lng": 19.04})
    assert is_recent(seen)
    assert seen.utcoffset() == timedelta(hours=8)


@pytest.mark.api(15, 51)
def test_c2_relay_logs_in_for_each_connection(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    relay = AlarmRelay(server, alice.login)
    for _ in range(12):
        with relay.connect() as socket:
            assert socket.message()["data"]["state_batch"]["success"]
    assert len(set(relay.hashes)) == 12
    assert all(call(server, "base/nothing", hash=credential)["success"] for credential in relay.hashes)


# C3: a class in a web page, which takes what has a vertical bar for a frame with a length


FLEET_PAGE = """<!doctype html><script>
class FleetSocket {
  constructor(url, hash) {
    Object.assign(this, {url, hash, positions: {}, opened: 0, waitMs: 1000, isReady: false});
    this.connect();
  }
  connect() {
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => {
      this.opened += 1;
      this.waitMs = 1000;
      const request = {type: "state_batch", target: {type: "all"}, rate_limit: "1s", format: "full"};
      this.socket.send(JSON.stringify({action: "subscribe", hash: this.hash, requests: [request]}));
    };
    this.socket.onmessage = event => this.hear(event.data);
    this.socket.onclose = () => {
      setTimeout(() => this.connect(), this.waitMs);
      this.waitMs = Math.min(30000, this.waitMs * 2);
    };
  }
  hear(text) {
    if (text === "X") return;
    if (text.includes("|")) {
      text = text.split("|")[1];
      if (!text || !text.startsWith("{")) return;
    }
    const message = JSON.parse(text);
    if (message.type === "response") {
      const answer = message.data.state_batch;
      this.isReady = answer.success === true || Boolean(answer.value);
    }
    if (message.event === "state_batch") {
      for (const item of message.data) {
        const state = item.state ?? item;
        this.positions[state.tracker_id ?? state.source_id] = state;
      }
    }
  }
}
window.fleet = new FleetSocket(URL_OF_EVENTS, HASH);
</script>"""


def show_fleet(page: Page, server: Daphne, credential: str) -> None:
    """Shows the page with the class; it looks for the socket at the page's own origin, as behind a proxy."""
    url = f"ws://127.0.0.1:{server.port}/event/subscription"
    html = FLEET_PAGE.replace("URL_OF_EVENTS", json.dumps(url)).replace("HASH", json.dumps(credential))
    show_page(page, server.url, html, {})


def wait_for(page: Page, condition: str, argument: object = None) -> None:
    page.wait_for_function(condition, arg=argument, timeout=PATIENCE_MS)


@pytest.mark.browser
@needs_chromium
@pytest.mark.api(35, 53, 57)
def test_c3_page_splitting_frames_shows_every_source(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    sources = [van.source_id for van in vans]
    drive(server, vans[0], 10, note="a|{b")
    with open_browser() as browser:
        page = browser.new_page()
        show_fleet(page, server, elsewhere(log_in, server, alice.login))
        shown = "ids => ids.every(id => id in window.fleet.positions)"
        wait_for(page, shown, sources)
        assert page.evaluate("window.fleet.isReady")
        assert page.evaluate("Object.keys(window.fleet.positions)") == [str(source) for source in sources]
        note = page.evaluate("id => window.fleet.positions[id].additional.note.value", sources[0])
        assert note == "a|{b"
        elsewhere(drive, server, vans[1], 20)
        wait_for(page, "id => window.fleet.positions[id].gps.speed === 37", sources[1])
        page.evaluate("window.fleet.positions = {}; window.fleet.socket.close()")
        wait_for(page, shown, sources)
        assert page.evaluate("window.fleet.opened") == 2


# C4: a worker that copies states into a table


@pytest.mark.api(5, 32, 53, 57, 59)
def test_c4_worker_copies_states_by_tracker_id(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    credential = log_in(server, alice.login)
    query = {"hash": credential}
    answers = {
        path: httpx.get(f"{server.url}/{path}", params=query, timeout=PATIENCE_S)
        for path in ("tracker/list", "user/get_info", "tracker/list/batch_states")
    }
    assert [tracker["id"] for tracker in answers["tracker/list"].json()["list"]] == [van.pk for van in vans]
    assert answers["user/get_info"].json()["success"] is True
    assert 400 <= answers["tracker/list/batch_states"].status_code < 500
    table: dict[int, tuple[float, float, bool]] = {}
    with PlainClient(server) as socket:
        request = {"type": "state_batch", "target": {"type": "all"}, "rate_limit": "3s", "format": "full"}
        socket.send({"action": "subscribe", "hash": credential, "requests": [request]})
        assert socket.socket.ping().wait(PATIENCE_S)
        forward_position(server, vans[1], in1=True)
        while vans[1].pk not in table:
            frame = socket.frame()
            assert "|" not in frame
            document = json.loads(frame)
            for item in document["data"] if document.get("event") == "state_batch" else ():
                if item["tracker_id"] and (place := item["state"]["gps"]["location"]):
                    ignition = item["state"]["inputs"][0]
                    table[item["tracker_id"]] = (float(place["lat"]), float(place["lng"]), ignition)
        assert socket.socket.ping().wait(PATIENCE_S)
    assert table == {vans[1].pk: (47.5, 19.04, True)}


# C5: a module in a web page on atmosphere.js


@pytest.mark.browser
@needs_chromium
@pytest.mark.api(1, 31, 34, 44, 53, 57)
@pytest.mark.atmosphere(11, 12)
def test_c5_module_on_atmosphere_gets_whole_documents(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    request = {"type": "state_batch", "target": {"type": "all"}, "format": "compact"}
    greeting = {"action": "subscribe", "hash": log_in(server, alice.login), "requests": [request]}
    options = {"url": f"{server.url}/v2/event/subscription", "transport": "websocket"}
    options |= {"fallbackTransport": "long-polling", "trackMessageLength": False, "reconnectInterval": 2000}
    with open_browser() as browser:
        page = browser.new_page()
        client = start_client(page, server.url, "2.3.8", greeting=greeting, **options)
        answer, event = client.messages(2)
        assert answer["data"]["state_batch"]["success"] is True
        items = {item["tracker_id"]: item["state"] for item in event["data"]}
        assert list(items) == [van.pk for van in vans]
        assert set(items[vans[0].pk]) == set(*map(str.split, COMPACT_KEYS))
        elsewhere(drive, server, vans[0], 10)
        ((state,),) = [[item["state"] for item in client.message()["data"]]]
        assert (state["source_id"], state["gps"]["speed"]) == (vans[0].source_id, 19)
        client.close()


# C6: components of a map, which ask every frame for its data


class MapComponent:
    """Keeps places by source; throws at a frame that is no document or has no data to look into."""

    def __init__(self, client: PlainClient) -> None:
        self._client = client
        self.places: dict[int, Any] = {}

    def hear(self) -> dict[str, Any]:
        message = json.loads(self._client.frame())
        data = message["data"]
        assert isinstance(data, dict | str)
        if "gps" in data:
            assert isinstance(data, dict)
            self.places[data["source_id"]] = data["gps"]["location"]
        return message


@pytest.mark.api(32, 36, 39, 40, 42, 52, 54, 60, 62, 63)
def test_c6_map_reads_every_frame_until_logout(server: Daphne, alice: User, vans: list[Tracker]) -> None:
    credential = log_in(server, alice.login)
    first, second = vans
    with PlainClient(server, path="/api-v2/event/subscription") as client:
        component = MapComponent(client)
        command = {"action": "subscribe", "events": ["state"], "trackers": [first.pk, second.pk, first.pk]}
        client.send({**command, "hash": "0" * 32})
        assert component.hear()["type"] == "error"
        client.send({**command, "hash": credential})
        assert component.hear()["type"] == "response"
        assert [component.hear()["event"] for _ in vans] == ["state", "state"]
        assert component.places == {first.source_id: None, second.source_id: None}
        assert report(server, first.source.device_id, int(time.time()), lat=47.5, lon=19.04) == 200
        component.hear()
        assert component.places[first.source_id] == {"lat": 47.5, "lng": 19.04}
        for is_blocked in (True, False):
            set_blocked(first.source_id, is_blocked=is_blocked)
        assert [component.hear()["event"] for _ in range(3)] == ["lifecycle", "lifecycle", "state"]
        corrupt_tracker(second)
        assert component.hear()["event"] == "lifecycle"
        call(server, "user/logout", hash=credential)
        assert component.hear()["event"] == "logout"
