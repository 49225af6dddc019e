"""`geocoder/search_location`: addresses of places (records §11)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from records.models import Address
from records.services import geocoding
from tests.api import Api

NOMINATIM = {
    "display_name": "750, Avenue E, San Francisco, 94130, United States",
    "address": {"house_number": "750", "road": "Avenue E", "city": "San Francisco", "country": "United States"},
}
PHOTON = {
    "type": "FeatureCollection",
    "features": [
        {"properties": {"street": "Avenue E", "housenumber": "750", "city": "San Francisco", "country": "USA"}}
    ],
}
HERE = {"lat": 37.825429, "lng": -122.371982}


class Geocoder:
    """Answers what it is told to, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.answer: Any = NOMINATIM
        self.status = 200

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(parse_qs(urlsplit(handler.path).query))
        handler.send_response(self.status)
        handler.end_headers()
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        handler.wfile.write(text.encode())


@pytest.fixture
def geocoder(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Geocoder]:
    found = Geocoder()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.respond(self)

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.GEOCODER_URL = f"http://127.0.0.1:{server.server_port}/reverse"
        settings.GEOCODER_REQUESTS_PER_SECOND = 1000
        monkeypatch.setattr(geocoding, "_pace", geocoding.new_pace())
        yield found
        server.shutdown()
        thread.join()


@pytest.mark.records(49)
def test_nobody_is_asked_without_a_setting(api: Api) -> None:
    assert api.code("geocoder/search_location", location=HERE) == 210


@pytest.mark.records(50)
@pytest.mark.parametrize(
    ("answer", "value"),
    [(NOMINATIM, NOMINATIM["display_name"]), (PHOTON, "Avenue E 750, San Francisco, USA")],
)
def test_an_address_is_told_by_either_kind(api: Api, geocoder: Geocoder, answer: Any, value: str) -> None:
    geocoder.answer = answer
    told = api("geocoder/search_location", location=HERE, lang="de_AT", with_details=True, geocoder="google")
    assert told["value"] == value
    assert (told["details"]["street"], told["details"]["house"]) == ("Avenue E", "750")
    assert geocoder.asked[0]["lang"] == ["de"]


@pytest.mark.records(51)
def test_a_place_is_asked_for_once(api: Api, geocoder: Geocoder) -> None:
    for lng in (HERE["lng"], HERE["lng"] + 0.00001):
        assert "details" not in api("geocoder/search_location", location={**HERE, "lng": lng})
    assert len(geocoder.asked) == 1
    geocoder.status = 500
    assert api("geocoder/search_location", location=HERE)["value"] == NOMINATIM["display_name"]


@pytest.mark.records(51)
def test_too_much_at_once_is_not_asked(api: Api, geocoder: Geocoder, settings: Any) -> None:
    settings.GEOCODER_REQUESTS_PER_SECOND = 1
    codes = {api("geocoder/search_location", location={"lat": lat, "lng": 0})["success"] for lat in range(4)}
    assert False in codes
    assert len(geocoder.asked) < 4


@pytest.mark.records(52)
@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, NOMINATIM), (200, "<html>"), (200, []), (200, {"error": "Unable to geocode"}), (200, {"features": []})],
)
def test_what_is_no_address_is_a_failure(api: Api, geocoder: Geocoder, status: int, answer: Any) -> None:
    geocoder.status, geocoder.answer = status, answer
    assert api.code("geocoder/search_location", location=HERE) == 210
    assert not Address.objects.exists()


@pytest.mark.records(52)
@pytest.mark.parametrize("wrong", [{"location": {"lat": 91, "lng": 0}}, {"location": None}, {"lang": "english"}])
def test_a_place_that_cannot_be_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.code("geocoder/search_location", **{"location": HERE, **wrong}) == 7
