"""docs/devices.md: what it has phones send, sent to the letter."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from tests.trackers.bodies import overland_batch, owntracks_location, phone_document
from tests.trackers.edges import Edge, edge_named
from trackers.models import SourceState, Tracker
from trackers.rendering.pairing import APPS, Pairing
from trackers.services.pairing import set_speed_unit
from trackers.services.trackers import set_ingest_key

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "devices.md"
ROW = re.compile(r"^\| ([^|]+?) \| `([^`]+)` \|$", re.MULTILINE)
HEADINGS = {
    "traccar_client": "Traccar Client",
    "osmand": "OsmAnd",
    "gpslogger": "GPSLogger",
    "owntracks": "OwnTracks",
    "owntracks_mqtt": "OwnTracks over MQTT",
    "overland": "Overland",
    "transistorsoft": "An app of one's own on transistorsoft's library",
    "traccar_server": "A Traccar server",
    "ngp": "The generic protocol",
}
# What OsmAnd and GPSLogger put in the place of what stands in their addresses: 10 m/s.
OSMAND = {"{0}": "52.5", "{1}": "13.4", "{2}": "1714637700000", "{3}": "0.9", "{4}": "35", "{5}": "10", "{6}": "90"}
GPSLOGGER = {
    "%LAT": "52.5", "%LON": "13.4", "%TIMESTAMP": "1714637700", "%SPD": "10", "%DIR": "90", "%ALT": "35",
    "%ACC": "12", "%SAT": "0", "%HDOP": "", "%BATT": "50",
}  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)


def documented(app: str) -> dict[str, str]:
    """What the guide says of an app: fields, and what to enter there."""
    sections = re.split(r"^## ", GUIDE.read_text(), flags=re.MULTILINE)
    section = next(one for one in sections if one.startswith(f"{HEADINGS[app]}\n"))
    return dict(ROW.findall(section))


@pytest.fixture(params=["view", "application"])
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    with edge_named(request.param) as edge:
        yield edge


@pytest.fixture
def phone(alice: User, register: Callable[..., Tracker]) -> Phone:
    return Phone(register(alice))


class Phone:
    """A phone whose source demands a key, set up by the guide."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.device_id = tracker.source.device_id
        self.key = set_ingest_key([tracker.source_id])

    def entered(self, app: str) -> dict[str, str]:
        """What is in the app's fields; of addresses the part after the host."""
        if (unit := APPS[app].speed_unit) is not None:
            set_speed_unit(self.tracker.source_id, unit)
        names = {"https://HOST": "", "DEVICE_ID": self.device_id, "KEY": self.key}
        return {field: _replace(value, names) for field, value in documented(app).items()}

    @property
    def speed_kmh(self) -> float:
        gps = SourceState.objects.get(source=self.tracker.source_id).state.gps
        assert gps is not None and (gps.latitude, gps.longitude) == (52.5, 13.4)
        return gps.speed_kmh


def _replace(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize("app", APPS)
def test_guide_and_pairing_sheet_say_the_same(app: str) -> None:
    assert dict(APPS[app].entries(Pairing("https://HOST", "DEVICE_ID", "KEY"))) == documented(app)


@pytest.mark.parametrize(("app", "values"), [("osmand", OSMAND), ("gpslogger", GPSLOGGER)])
def test_addresses_with_places_in_them_work(edge: Edge, phone: Phone, app: str, values: dict[str, str]) -> None:
    fields = phone.entered(app)
    assert edge.get(_replace(fields.get("URL") or fields["Web address"], values)).status == 200
    assert phone.speed_kmh == 36


@pytest.mark.parametrize("form", ["query", "form", "json"])
def test_traccar_clients_address_works_in_each_version(edge: Edge, phone: Phone, form: str) -> None:
    fields = phone.entered("traccar_client")
    address, device_id = fields["Server URL"], fields["Device identifier"]
    query = f"id={device_id}&timestamp=1714637700&lat=52.5&lon=13.4&speed=19.438445&bearing=90&batt=50.0"
    if form == "query":
        answer = edge.get(f"{address}?{query}")
    elif form == "form":
        answer = edge.send("POST", address, query.encode(), "application/x-www-form-urlencoded")
    else:
        answer = edge.post(address, phone_document(device_id))
    assert answer.status == 200
    assert phone.speed_kmh == pytest.approx(36, abs=0.01)


def test_owntracks_address_and_password_work(edge: Edge, phone: Phone) -> None:
    fields = phone.entered("owntracks")
    password = b64encode(f"{fields['Username']}:{fields['Password']}".encode()).decode()
    body = owntracks_location("some other name")
    assert edge.post(fields["URL"], body, Authorization=f"Basic {password}").status == 200
    assert edge.post(fields["URL"], body).status == 403
    assert phone.speed_kmh == 36


def test_overlands_address_and_token_work(edge: Edge, phone: Phone) -> None:
    fields = phone.entered("overland")
    body = overland_batch(fields["Device ID"])
    address = fields["Receiver Endpoint URL"]
    assert edge.post(address, body, Authorization=f"Bearer {fields['Access Token']}").text == '{"result":"ok"}'
    assert edge.post(address, body).status == 403
    assert phone.speed_kmh == 36


@pytest.mark.parametrize("is_batch", [False, True])
def test_transistorsofts_configuration_works(edge: Edge, phone: Phone, is_batch: bool) -> None:
    fields = phone.entered("transistorsoft")
    location: Any = phone_document("")["location"]
    body = {"location": [location] if is_batch else location, **json.loads(fields["params"])}
    assert edge.post(fields["url"], body, **json.loads(fields["headers"])).status == 200
    assert edge.post(fields["url"], body).status == 403
    assert phone.speed_kmh == 36
