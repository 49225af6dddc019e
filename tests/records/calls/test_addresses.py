"""Addresses in trips, reports and alerts: those that are kept, and the others later (records §11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert
from records.models import Address
from records.services import geocoding
from records.services.reports.making import make_next
from tests.api import Api
from tests.patience import PATIENCE_S
from tests.records.calls.test_geocoding import Geocoder, geocoder  # noqa: F401
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.ingestion import ingest

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=10)
DAY = {"from": NOON.strftime("%Y-%m-%d 00:00:00"), "to": NOON.strftime("%Y-%m-%d 23:59:59")}
HOME, WORK = (0.5, 0.0), (0.5, 0.05)


@pytest.fixture
def driven(van: Tracker) -> Tracker:
    """From home to work in five minutes."""
    for minute in range(10):
        step = min(minute, 5)
        fix = Fix(0.5, step / 100, 60 if step < 5 else 0, 90)
        moment = NOON + timedelta(minutes=minute)
        ingest([Report(van.source.device_id, moment, fix=fix)], received_at=moment)
    return van


def keep(place: tuple[float, float], value: str) -> None:
    latitude, longitude = (round(one * 10_000) for one in place)
    Address.objects.create(latitude=latitude, longitude=longitude, language="en", value=value)


@pytest.fixture
def told(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A geocoder is named that nobody asks; what would be asked for is noted."""
    settings.GEOCODER_URL = "http://127.0.0.1:9/reverse"
    wanted: list[Any] = []
    monkeypatch.setattr(geocoding.backlog, "add", wanted.extend)
    return wanted


@pytest.mark.records(83)
def test_trips_have_the_addresses_that_are_kept(api: Api, driven: Tracker, told: list[Any]) -> None:
    keep(HOME, "Home street 1")
    (trip,) = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    assert (trip["start_address"], trip["end_address"]) == ("Home street 1", "")
    assert told == [(5000, 500, "en")]
    keep(WORK, "Work street 2")
    (trip,) = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    assert (trip["start_address"], trip["end_address"]) == ("Home street 1", "Work street 2")
    (trip,) = api("track/list", tracker_id=driven.pk, omit_addresses=True, **DAY)["list"]
    assert (trip["start_address"], trip["end_address"]) == ("", "")


@pytest.mark.records(83)
@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({}, "12:00 - Home street 1"),
        ({"show_coordinates": True}, "12:00 - Home street 1 (0.500000, 0.000000)"),
    ],
)
def test_reports_have_the_addresses_that_are_kept(
    api: Api, driven: Tracker, told: list[Any], options: dict[str, Any], start: str
) -> None:
    report = api("report/tracker/generate", trackers=[driven.pk], plugin={"plugin_id": 4, **options}, **DAY)["id"]
    while make_next(timezone.now()):
        pass
    assert set(told) == {(5000, 0, "en"), (5000, 500, "en")}
    keep(HOME, "Home street 1")
    (sheet,) = api("report/tracker/retrieve", report_id=report)["report"]["sheets"]
    (row,) = sheet["sections"][0]["data"][0]["rows"]
    assert row["from"]["v"] == start
    assert row["to"]["v"] == ("12:05 - 0.500000, 0.050000" if options else "12:05")


@pytest.mark.records(83)
def test_entries_of_history_have_the_addresses_that_are_kept(api: Api, driven: Tracker, told: list[Any]) -> None:
    moment = timezone.now()
    Alert.objects.create(
        account=driven.account,
        tracker=driven,
        event="sos",
        message="Help",
        time=moment,
        received_at=moment,
        latitude=HOME[0],
        longitude=HOME[1],
    )
    keep(HOME, "Home street 1")
    period = {
        name: (moment + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S") for name, days in (("from", -1), ("to", 1))
    }
    (entry,) = api("history/tracker/list", trackers=[driven.pk], events=["sos"], **period)["list"]
    assert (entry["address"], entry["location"]["address"]) == ("Home street 1", "Home street 1")


@pytest.mark.records(84)
def test_without_a_geocoder_no_address_is_looked_for(api: Api, driven: Tracker, settings: Any) -> None:
    settings.GEOCODER_URL = ""
    keep(HOME, "Home street 1")
    (trip,) = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    assert (trip["start_address"], trip["end_address"]) == ("", "")


@pytest.mark.records(84)
@pytest.mark.django_db(transaction=True)
def test_what_is_not_known_is_asked_for_meanwhile(
    api: Api,
    driven: Tracker,
    geocoder: Geocoder,  # noqa: F811
) -> None:
    (trip,) = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    assert trip["start_address"] == ""
    geocoding.backlog.join(PATIENCE_S)
    (trip,) = api("track/list", tracker_id=driven.pk, **DAY)["list"]
    assert trip["start_address"].startswith("750, Avenue E") and trip["end_address"] == trip["start_address"]
    assert len(geocoder.asked) == 2
