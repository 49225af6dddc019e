"""The pairing sheet: what it says to people and to apps, what it sets, and who may see it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.wire.hashes import digest_hash, is_hash
from tests.admin import Admin
from trackers.models import RefusedReport, Source, Tracker
from trackers.rendering.pairing import APPS, Pairing
from trackers.reports.report import Report
from trackers.services.ingestion import ingest
from trackers.services.pairing import draw_code
from trackers.services.trackers import set_ingest_key

PAGE = "trackers_tracker_pairing"
HEARD = "trackers_tracker_heard"
PLACE = {"lat": "52.5", "lon": "13.4"}
Register = Callable[..., Tracker]


@pytest.fixture
def van(alice: User, register: Register) -> Tracker:
    return register(alice)


@pytest.fixture
def site(db: None) -> Admin:
    return Admin()


def show(site: Admin, tracker: Tracker, app: str, **fields: Any) -> str:
    return unescape(site.send(PAGE, tracker.pk, app=app, **fields).content.decode())


def key_on(sheet: str) -> str:
    found = re.search(r"shown only now</dt><dd><code>([0-9a-f]+)<", sheet)
    assert found is not None
    return found[1]


def heard(site: Admin, tracker: Tracker, since: str) -> dict[str, Any]:
    answer: dict[str, Any] = site.open(HEARD, tracker.pk, query=f"?since={since.replace('+', '%2B')}").json()
    return answer


def since_on(sheet: str) -> str:
    found = re.search(r'data-since="([^"]+)"', sheet)
    assert found is not None
    return found[1]


@override_settings(PUBLIC_URL="https://fleet.example")
@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("new_key", ["", "on"])
def test_each_app_has_a_sheet(site: Admin, van: Tracker, app: str, new_key: str) -> None:
    sheet = show(site, van, app, new_key=new_key)
    key = key_on(sheet) if new_key else None
    entries = APPS[app].entries(Pairing("https://fleet.example", van.source.device_id, key))
    assert all(f"<dt>{field}</dt><dd><code>{value}</code></dd>" in sheet for field, value in entries)
    assert ("<figure" in sheet) is (APPS[app].code is not None)
    assert "Waiting for the first report" in sheet and "PUBLIC_URL" not in sheet


@pytest.mark.parametrize(
    ("app", "unit"),
    [("gpslogger", "m/s"), ("osmand", "m/s"), ("traccar_client", "knots"), ("overland", "km/h"), ("owntracks", "km/h")],
)
def test_the_app_sets_the_unit_of_speed(site: Admin, van: Tracker, app: str, unit: str) -> None:
    Source.objects.update(speed_unit="km/h")
    show(site, van, app)
    assert Source.objects.get().speed_unit == unit


def test_another_unit_holds_for_the_next_report(site: Admin, van: Tracker) -> None:
    show(site, van, "gpslogger")
    Client().get("/ingest/osmand", {"id": van.source.device_id, "speed": "10", **PLACE})
    assert Source.objects.get().state.state.gps.speed_kmh == 36


def test_a_new_key_is_demanded_and_shown_once(site: Admin, van: Tracker) -> None:
    assert "new one above" not in show(site, van, "osmand")
    key = key_on(show(site, van, "osmand", new_key="on"))
    assert is_hash(key) and Source.objects.get().ingest_key_digest == digest_hash(key)
    again = show(site, van, "osmand")
    assert key not in again and "ask for a new one above" in again
    fields = {"id": van.source.device_id, **PLACE}
    assert Client().get("/ingest/osmand", fields).status_code == 403
    assert Client().get("/ingest/osmand", {**fields, "key": key}).status_code == 200
    assert key not in "".join(LogEntry.objects.values_list("change_message", flat=True))


def test_asking_for_the_form_sets_nothing(site: Admin, van: Tracker) -> None:
    before = Source.objects.values().get()
    assert "Show the sheet" in site.open(PAGE, van.pk).content.decode()
    assert "<dl>" not in show(site, van, "no such app")
    assert Source.objects.values().get() == before


@override_settings(PUBLIC_URL="http://127.0.0.1:8000")
def test_an_address_that_no_phone_reaches_is_told(site: Admin, van: Tracker) -> None:
    assert "No phone reaches this address" in show(site, van, "osmand")


@pytest.mark.parametrize("key", [None, "a1" * 16])
def test_traccar_clients_code_survives_its_reading(key: str | None) -> None:
    code = urlsplit(code_of("traccar_client", "fleet/van_1.a:b", key))
    assert (code.scheme, code.netloc) == ("org.traccar.client", "config")
    address = "https://fleet.example/ingest/osmand" + (f"/{key}" if key else "")
    assert parse_qs(code.query) == {"url": [address], "id": ["fleet/van_1.a:b"]}


@pytest.mark.parametrize("key", [None, "a1" * 16])
def test_owntracks_code_is_a_configuration(key: str | None) -> None:
    code = urlsplit(code_of("owntracks", "van_1", key))
    assert (code.scheme, code.netloc, code.path) == ("owntracks", "", "/config")
    configuration = json.loads(b64decode(parse_qs(code.query)["inline"][0], validate=True))
    assert configuration["_type"] == "configuration" and configuration["mode"] == 3
    assert configuration["url"] == "https://fleet.example/ingest/owntracks?id=van_1"
    assert (configuration["auth"], configuration.get("password")) == (key is not None, key)


def test_overlands_code_names_device_and_token() -> None:
    code = urlsplit(code_of("overland", "van_1", "a1" * 16))
    assert (code.scheme, code.netloc) == ("overland", "setup")
    fields = parse_qs(code.query)
    assert fields["url"] == ["https://fleet.example/ingest/overland"]
    assert (fields["token"], fields["device_id"], fields["unique_id"]) == (["a1" * 16], ["van_1"], ["yes"])


def code_of(app: str, device_id: str, key: str | None) -> str:
    code = APPS[app].code
    assert code is not None
    return code(Pairing("https://fleet.example", device_id, key))


def test_the_longest_device_id_fits_a_code() -> None:
    pairing = Pairing(f"https://{'x' * 200}.example", "x/" * 32, "a1" * 16)
    assert all("<svg" in (draw_code(app, pairing) or "") for app in APPS.values() if app.code is not None)


def test_the_sheet_hears_of_a_report_since_it_was_made(site: Admin, van: Tracker) -> None:
    ingest([Report(van.source.device_id, timezone.now())], received_at=timezone.now() - timedelta(seconds=1))
    since = since_on(show(site, van, "osmand"))
    assert heard(site, van, since) == {"reported": False, "refusal": None}
    RefusedReport.objects.create(
        way="osmand", address="", device_id=van.source.device_id, reason="blocked", time=timezone.now(), count=1
    )
    assert heard(site, van, since) == {"reported": False, "refusal": "blocked"}
    Client().get("/ingest/osmand", {"id": van.source.device_id, **PLACE})
    assert heard(site, van, since)["reported"] is True


@pytest.mark.parametrize("since", ["", "now", "2024-13-01T00:00:00Z", "2024-05-02T08:15:00", "%00"])
def test_what_is_no_moment_is_not_there(site: Admin, van: Tracker, since: str) -> None:
    assert site.open(HEARD, van.pk, query=f"?since={since}").status_code == 404


@pytest.mark.parametrize("page", [PAGE, HEARD])
def test_the_sheet_is_for_staff_that_changes_trackers(alice: User, van: Tracker, site: Admin, page: str) -> None:
    address = reverse(f"admin:{page}", args=[van.pk]) + "?since=2024-05-02T08:15:00Z"
    client = Client()
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert client.get(address).status_code == 302
    clerk = User.objects.create_user("clerk@fleet.example", None, is_staff=True)
    client.force_login(clerk)
    assert client.get(address).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="change_tracker"))
    assert client.get(address).status_code == 200
    assert site.open(page, van.pk + 1, query="?since=2024-05-02T08:15:00Z").status_code == 404


def test_the_trackers_page_leads_to_the_sheet(site: Admin, van: Tracker) -> None:
    page = site.open("trackers_tracker_change", van.pk).content.decode()
    assert reverse(f"admin:{PAGE}", args=[van.pk]) in page


def test_a_sheet_with_a_key_is_kept_by_nobody(site: Admin, van: Tracker) -> None:
    set_ingest_key([van.source_id])
    response = site.send(PAGE, van.pk, app="osmand", new_key="on")
    assert "no-store" in response.headers["Cache-Control"]
