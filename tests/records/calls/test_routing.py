"""`route/get`: ways by road (records §12)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from records.services import routing
from tests.api import Api

START, MIDDLE, END = {"lat": 52.0, "lng": 13.0}, {"lat": 52.0, "lng": 13.02}, {"lat": 52.01, "lng": 13.02}


def leg(distance: float, duration: float, *places: tuple[float, float]) -> dict[str, Any]:
    """As OSRM has it: a step for each part, the last one of a single place twice."""
    steps = [[place, other] for place, other in zip(places, places[1:], strict=False)] + [[places[-1], places[-1]]]
    return {
        "distance": distance,
        "duration": duration,
        "steps": [{"geometry": {"type": "LineString", "coordinates": step}} for step in steps],
    }


WAY = {
    "code": "Ok",
    "routes": [
        {
            "distance": 2480.6,
            "duration": 261.4,
            "legs": [
                leg(1368.2, 150.1, (13.0, 52.0), (13.01, 52.00001), (13.02, 52.0)),
                leg(1112.4, 111.3, (13.02, 52.0), (13.02, 52.01)),
            ],
        }
    ],
}


class Router:
    """Answers what it is told to, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Any = WAY
        self.status = 200


@pytest.fixture
def router(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Router]:
    found = Router()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_response(found.status)
            self.end_headers()
            self.wfile.write(json.dumps(found.answer).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.ROUTER_URL = f"http://127.0.0.1:{server.server_port}/route/v1/driving/"
        settings.ROUTER_REQUESTS_PER_SECOND = 1000
        monkeypatch.setattr(routing, "_pace", routing.new_pace())
        yield found
        server.shutdown()
        thread.join()


@pytest.mark.records(60)
def test_a_way_leads_by_its_waypoints(api: Api, router: Router) -> None:
    told = api("route/get", start=START, end=END, waypoints=[MIDDLE], provider_type="google")
    assert (told["distance"], told["time"]) == (2481, 261)
    assert told["list"] == [START, {"lat": 52.00001, "lng": 13.01}, MIDDLE, END]
    assert told["key_points"] == [
        {"id": 0, **START, "distance": 0, "time": 0},
        {"id": 2, **MIDDLE, "distance": 1368, "time": 150},
        {"id": 3, **END, "distance": 2481, "time": 261},
    ]
    assert router.asked[0].startswith("/route/v1/driving/13.000000,52.000000;13.020000,52.000000;13.020000,52.010000?")


@pytest.mark.records(60)
def test_a_way_has_no_more_points_than_asked(api: Api, router: Router) -> None:
    told = api("route/get", start=START, end=END, waypoints=[MIDDLE], point_limit=3)
    assert told["list"] == [START, MIDDLE, END]
    assert [one["id"] for one in told["key_points"]] == [0, 1, 2]


@pytest.mark.records(61)
@pytest.mark.parametrize("answer", [{"code": "NoRoute", "routes": []}, [], {"routes": [{"legs": 1}]}, "?"])
def test_a_router_that_knows_no_way_is_215(api: Api, router: Router, answer: Any) -> None:
    router.answer = answer
    assert api.code("route/get", start=START, end=END) == 215


@pytest.mark.records(61)
def test_without_a_router_it_is_215(api: Api, router: Router, settings: Any) -> None:
    router.status = 500
    assert api.code("route/get", start=START, end=END) == 215
    settings.ROUTER_URL = ""
    assert api.code("route/get", start=START, end=END) == 215
    assert len(router.asked) == 1


@pytest.mark.records(61)
@pytest.mark.parametrize(
    "wrong", [{"end": {"lat": 91, "lng": 0}}, {"point_limit": 1}, {"waypoints": [MIDDLE] * 99}, {"provider_type": "x"}]
)
def test_what_is_no_way_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.code("route/get", **{"start": START, "end": END, **wrong}) == 7
