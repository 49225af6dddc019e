"""How a phone is paired, or a device: for each app its address to the letter, and what a code says to it
(docs/devices.md). Pure.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

KNOTS, METRES_PER_SECOND = "knots", "m/s"
"""As `trackers.models.SpeedUnit` calls them."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A device, and where it is to report."""

    url: str
    """Of the server, without a slash at its end."""
    device_id: str
    key: str | None = None
    """Its ingest key, as long as that is known."""

    def address(self, way: str) -> str:
        return f"{self.url}/ingest/{way}"

    def query(self, **fields: str) -> str:
        """The query that names the device, with its key."""
        return urlencode({"id": self.device_id, **({"key": self.key} if self.key else {}), **fields})


Entry = tuple[str, str]
"""A field of the app, and what to enter there."""


@dataclass(frozen=True, slots=True)
class App:
    """An app that reports where a phone is, or what else reports."""

    name: str
    entries: Callable[[Pairing], Sequence[Entry]]
    code: Callable[[Pairing], str] | None = None
    """What a QR code says that sets it up."""
    speed_unit: str | None = None
    """Of speeds that it sends without saying in which; None where its own form of reports says it."""
    advice: str = ""
    model: str = "osmand"
    """Of the devices that report so, as `tracker/list_models` has it."""


def _enter_traccar_client(pairing: Pairing) -> list[Entry]:
    return [("Device identifier", pairing.device_id), ("Server URL", _traccar_client_address(pairing))]


def _traccar_client_address(pairing: Pairing) -> str:
    # Of a scanned address the app keeps the path alone, and to a query it might add its own.
    return pairing.address("osmand") + (f"/{pairing.key}" if pairing.key else "")


def _code_traccar_client(pairing: Pairing) -> str:
    fields = {"url": _traccar_client_address(pairing), "id": pairing.device_id}
    return f"org.traccar.client://config?{urlencode(fields)}"


def _enter_osmand(pairing: Pairing) -> list[Entry]:
    fields = "lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}"
    return [("Web address", f"{pairing.address('osmand')}?{pairing.query()}&{fields}")]


def _enter_gpslogger(pairing: Pairing) -> list[Entry]:
    fields = (
        "lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&speed=%SPD&bearing=%DIR&altitude=%ALT"
        "&accuracy=%ACC&sat=%SAT&hdop=%HDOP&batt=%BATT"
    )
    return [("URL", f"{pairing.address('osmand')}?{pairing.query()}&{fields}"), ("HTTP method", "GET")]


def _owntracks_address(pairing: Pairing) -> str:
    return f"{pairing.address('owntracks')}?{urlencode({'id': pairing.device_id})}"


def _enter_owntracks(pairing: Pairing) -> list[Entry]:
    return [
        ("Mode", "HTTP"),
        ("URL", _owntracks_address(pairing)),
        ("Device ID", pairing.device_id),
        *([("Username", pairing.device_id), ("Password", pairing.key)] if pairing.key else []),
    ]


def _code_owntracks(pairing: Pairing) -> str:
    configuration = {
        "_type": "configuration",
        "mode": 3,
        "url": _owntracks_address(pairing),
        "deviceId": pairing.device_id,
        "auth": pairing.key is not None,
        **({"username": pairing.device_id, "password": pairing.key} if pairing.key else {}),
    }
    encoded = b64encode(json.dumps(configuration, separators=(",", ":")).encode()).decode()
    # Its alphabet has a plus sign, which would be read as a space.
    return f"owntracks:///config?inline={quote(encoded, safe='')}"


def _enter_owntracks_mqtt(pairing: Pairing) -> list[Entry]:
    return [
        ("Mode", "MQTT"),
        ("Host, port, TLS", "those of the broker"),
        ("Username, Password", "as the broker knows them"),
        ("Device ID", pairing.device_id),
    ]


def _enter_overland(pairing: Pairing) -> list[Entry]:
    token = [("Access Token", pairing.key)] if pairing.key else []
    return [("Receiver Endpoint URL", pairing.address("overland")), ("Device ID", pairing.device_id), *token]


def _code_overland(pairing: Pairing) -> str:
    token = {"token": pairing.key} if pairing.key else {}
    fields = {"url": pairing.address("overland"), **token, "device_id": pairing.device_id, "unique_id": "yes"}
    return f"overland://setup?{urlencode(fields)}"


def _enter_transistorsoft(pairing: Pairing) -> list[Entry]:
    headers = {"Authorization": f"Bearer {pairing.key}"} if pairing.key else {}
    return [
        ("url", pairing.address("osmand")),
        ("params", json.dumps({"device_id": pairing.device_id})),
        *([("headers", json.dumps(headers))] if headers else []),
    ]


def _enter_traccar_server(pairing: Pairing) -> list[Entry]:
    header = [("forward.header", f"Authorization: Bearer {pairing.key}")] if pairing.key else []
    events = [(f"event.{field}", value) for field, value in header]
    address = pairing.address("traccar")
    return [
        ("Identifier", pairing.device_id),
        *[("forward.type", "json"), ("forward.url", address), *header],
        *[("event.forward.type", "json"), ("event.forward.url", address), *events],
    ]


def _enter_generic_protocol(pairing: Pairing) -> list[Entry]:
    key = f"/{pairing.key}" if pairing.key else ""
    return [("URL", pairing.address("ngp") + key), ("HTTP method", "POST"), ("device_id", pairing.device_id)]


APPS: Mapping[str, App] = {
    "traccar_client": App(
        "Traccar Client",
        _enter_traccar_client,
        _code_traccar_client,
        speed_unit=KNOTS,
        advice="In the app: Settings, then the sign of a code at the top. Android's camera opens the app as well.",
    ),
    "osmand": App(
        "OsmAnd",
        _enter_osmand,
        speed_unit=METRES_PER_SECOND,
        advice="Plugins, Trip recording, Settings, Online tracking.",
    ),
    "gpslogger": App(
        "GPSLogger",
        _enter_gpslogger,
        speed_unit=METRES_PER_SECOND,
        advice="Logging details, Log to custom URL.",
    ),
    "owntracks": App(
        "OwnTracks, over HTTP",
        _enter_owntracks,
        _code_owntracks,
        advice="Scan it with the camera of the phone. On Android allow remote configuration in the app before.",
    ),
    "owntracks_mqtt": App(
        "OwnTracks, over MQTT",
        _enter_owntracks_mqtt,
        advice="The broker decides who publishes where. The app has no place for an ingest key: demand none.",
    ),
    "overland": App("Overland", _enter_overland, _code_overland, advice="Scan it with the camera of the phone."),
    "transistorsoft": App(
        "An app of one's own on transistorsoft's library", _enter_transistorsoft, advice="One place, or batchSync."
    ),
    "traccar_server": App(
        "A Traccar server that forwards",
        _enter_traccar_server,
        advice="In traccar.xml, an entry each. A server can bring one key only: the same for all of its devices.",
        model="traccar",
    ),
    "ngp": App(
        "A device with the generic protocol, over HTTP",
        _enter_generic_protocol,
        advice="Each message names the device.",
        model="navixy_ngp",
    ),
}
