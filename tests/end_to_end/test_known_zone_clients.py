"""What programs that ask for zones send, and what they read of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from accounts.models import User
from alerts.geometry.drawings import Drawing, Point, ZoneShape
from alerts.geometry.places import Place
from alerts.services.zones import create_zones
from tests.end_to_end.plain_client import PATIENCE_S, log_in
from tests.end_to_end.servers import Daphne

INSIDE = {"lat": 47.5, "lng": 19.04}
OUTSIDE = {"lat": 0, "lng": 0}


@pytest.fixture
def credential(server: Daphne, alice: User) -> str:
    """Alice's, who has a depot, and a yard around it."""
    corners = [(47.4, 19.0), (47.4, 19.1), (47.6, 19.1), (47.6, 19.0)]
    yard = tuple(Point(Place(latitude, longitude)) for latitude, longitude in corners)
    drawings = [
        Drawing(ZoneShape.CIRCLE, "Depot", 150, Place(INSIDE["lat"], INSIDE["lng"])),
        Drawing(ZoneShape.POLYGON, "Yard", points=yard),
    ]
    create_zones(alice.pk, drawings, maker_id=alice.pk)
    return log_in(server, alice.login)


@pytest.fixture
def http(server: Daphne) -> Iterator[httpx.Client]:
    """A client that follows no redirect, as one would make a GET of a POST."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S, follow_redirects=False) as client:
        yield client


@pytest.mark.alerts(7, 10)
def test_a_script_takes_the_first_zone_around_a_place(http: httpx.Client, credential: str) -> None:
    def ask(place: dict[str, float]) -> list[dict[str, str]]:
        answer = http.get(f"/v2/zone/search_location/?hash={credential}&location={json.dumps(place)}")
        assert answer.status_code == 200
        found: list[dict[str, str]] = answer.json()["list"]
        return found

    assert ask(INSIDE)[0]["label"] == "Depot"
    assert ask(OUTSIDE) == []


@pytest.mark.alerts(7)
def test_a_dashboard_names_all_zones_around_a_vehicle(http: httpx.Client, credential: str) -> None:
    answer = http.post("/v2/zone/search_location", json={"hash": credential, "location": INSIDE})
    assert [zone["label"] for zone in answer.json()["list"]] == ["Depot", "Yard"]


@pytest.mark.alerts(2)
@pytest.mark.parametrize("way", ["get", "form", "json"])
def test_pages_list_zones_by_id_label_and_type(http: httpx.Client, credential: str, way: str) -> None:
    sent = {"hash": credential}
    by = {
        "get": lambda: http.get("/api-v2/zone/list/", params=sent),
        "form": lambda: http.post("/v2/zone/list", data=sent),
        "json": lambda: http.post("/zone/list", json=sent),
    }
    answer = by[way]()
    assert answer.status_code == 200
    found = [(zone["label"], zone["type"], zone.get("radius"), zone["color"]) for zone in answer.json()["list"]]
    assert found == [("Depot", "circle", 150, "27A9E3"), ("Yard", "polygon", None, "27A9E3")]


@pytest.mark.alerts(4)
def test_a_map_reads_the_points_of_each_zone(http: httpx.Client, credential: str) -> None:
    zones = http.post("/v2/zone/list", data={"hash": credential}).json()["list"]
    polygons = [zone["id"] for zone in zones if zone["type"] != "circle"]
    listed = [http.get("/v2/zone/point/list", params={"hash": credential, "zone_id": one}).json() for one in polygons]
    assert [len(answer["list"]) for answer in listed] == [4]


@pytest.mark.alerts(1, 10)
def test_a_guide_creates_zones_by_json_and_by_form(http: httpx.Client, credential: str) -> None:
    zone = {"label": "Hub", "address": "Karlsplatz 2", "color": "27A9E3", "radius": 150, "type": "sausage"}
    points = [{"lat": 48.2, "lng": 16.37, "node": True}, {"lat": 48.21, "lng": 16.38, "node": False}]
    by_json = http.post("/v2/zone/create", json={"hash": credential, "zone": {**zone, "points": points}}).json()
    form = {"hash": credential, "zone": json.dumps(zone), "points": json.dumps(points)}
    by_form = http.post("/v2/zone/create", data=form).json()
    assert by_json["success"] and by_form["success"]
    query = {"hash": credential, "zone_id": by_form["id"], "with_points": "true"}
    assert http.get("/v2/zone/read", params=query).json()["value"]["points"] == points
