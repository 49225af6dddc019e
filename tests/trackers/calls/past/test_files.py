"""`track/download`: files of the past (history §3.3)."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.sessions import create_session
from tests.api import Api
from tests.trackers.drives import DAY, SPEEDS, at, drive, take_in, text
from trackers.models import Tracker
from trackers.reports.report import Fix, Report
from trackers.services.trackers import set_blocked

KML, GPX = "{http://www.opengis.net/kml/2.2}", "{http://www.topografix.com/GPX/1/1}"
EVERYTHING = {"simplify": False, "filter": False}
FORMATS = ["kml", "kmz", "gpx", "geojson", "csv"]


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    van = register(alice, 'Ä "van" & <co>'.replace("<", "(").replace(">", ")"))
    take_in(drive(van, altitude_m=7))
    return van


def download(api: Api, tracker: Tracker, **asked: Any) -> Any:
    fields = {"hash": api.hash, "tracker_id": tracker.pk, **DAY, **asked}
    response = Client().post("/track/download", fields, content_type="application/json")
    assert response.status_code == 200, response.content
    return response


def points_of(content: bytes, kind: str) -> list[tuple[float, float]]:
    """Latitude and longitude of each point in a file."""
    if kind == "kmz":
        return points_of(zipfile.ZipFile(io.BytesIO(content)).read("doc.kml"), "kml")
    if kind == "kml":
        places = [one.text or "" for one in ElementTree.fromstring(content).iter(f"{KML}coordinates")]
        return [(float(place.split(",")[1]), float(place.split(",")[0])) for place in places]
    if kind == "gpx":
        points = ElementTree.fromstring(content).iter(f"{GPX}trkpt")
        return [(float(one.attrib["lat"]), float(one.attrib["lon"])) for one in points]
    if kind == "geojson":
        shapes = [one["geometry"] for one in json.loads(content)["features"]]
        lines = [one["coordinates"] if one["type"] == "LineString" else [one["coordinates"]] for one in shapes]
        return [(place[1], place[0]) for line in lines for place in line]
    return [(float(row["lat"]), float(row["lng"])) for row in csv.DictReader(io.StringIO(content.decode()))]


@pytest.mark.history(46, 50)
def test_kml_has_a_placemark_for_each_point(api: Api, van: Tracker) -> None:
    response = download(api, van, **EVERYTHING)
    assert response["Content-Type"] == "application/vnd.google-earth.kml+xml"
    assert response["Content-Disposition"] == f'attachment; filename="track-van-co-1-{DAY["from"][:10]}.kml"'
    document = ElementTree.fromstring(response.content)[0]
    assert document.findtext(f"{KML}name") == f"track-{van.label} {DAY['from']}"
    placemarks = document.findall(f"{KML}Placemark")
    assert len(placemarks) == len(SPEEDS)
    fourth = placemarks[3]
    assert (fourth.findtext(f"{KML}name"), fourth.findtext(f"{KML}description")) == ("point #4", text(at(3)))
    assert fourth.findtext(f"{KML}TimeStamp/{KML}when") == at(3).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = [one.text for one in fourth.iter(f"{KML}value")]
    longitude, latitude, altitude = (fourth.findtext(f"{KML}Point/{KML}coordinates") or "").split(",")
    assert (values, float(latitude), float(altitude)) == (["60", "90"], 0.5, 7)
    assert 0 < float(longitude) < 0.1


@pytest.mark.history(47)
def test_kmz_is_a_zip_with_one_kml(api: Api, van: Tracker) -> None:
    response = download(api, van, format="kmz", **EVERYTHING)
    assert response["Content-Type"] == "application/vnd.google-earth.kmz"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert (archive.namelist(), archive.testzip()) == (["doc.kml"], None)


@pytest.mark.history(48)
def test_folders_part_the_trips(api: Api, van: Tracker) -> None:
    document = ElementTree.fromstring(download(api, van, split=True, simplify=False).content)[0]
    folders = document.findall(f"{KML}Folder")
    names = [[mark.findtext(f"{KML}name") for mark in folder.findall(f"{KML}Placemark")] for folder in folders]
    assert names == [["Start", "Trip", "End"]] * 2
    line = folders[0].findtext(f".//{KML}LineString/{KML}coordinates") or ""
    assert len(line.split()) == 6


@pytest.mark.history(51)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_has_the_same_points(api: Api, van: Tracker, kind: str) -> None:
    read = api("track/read", tracker_id=van.pk, **EVERYTHING, **DAY)["list"]
    found = points_of(download(api, van, format=kind, **EVERYTHING).content, kind)
    assert found == [pytest.approx((point["lat"], point["lng"])) for point in read]


@pytest.mark.history(51)
def test_files_of_one_trip_say_what_the_list_says(api: Api, van: Tracker) -> None:
    first, second = api("track/list", tracker_id=van.pk, iso_datetime=True, **DAY)["list"]
    asked = {"track_ids": [second["id"]], "simplify": False}
    (feature,) = json.loads(download(api, van, format="geojson", **asked).content)["features"]
    told = feature["properties"]
    assert {name: told[name] for name in ("id", "length", "points", "avg_speed", "max_speed")} == {
        name: second[name] for name in ("id", "length", "points", "avg_speed", "max_speed")
    }
    assert (told["start_date"], told["end_date"]) == (second["start_date"], second["end_date"])
    assert len(told["coordTimes"]) == len(feature["geometry"]["coordinates"]) == second["points"]
    rows = list(csv.DictReader(io.StringIO(download(api, van, format="csv", **asked).content.decode())))
    assert {row["track_id"] for row in rows} == {str(second["id"])}
    assert first["id"] != second["id"]


def test_a_downloaded_drive_is_as_long_as_the_list_says(api: Api, van: Tracker) -> None:
    def gone(a: ElementTree.Element, b: ElementTree.Element) -> float:
        (y, x), (v, u) = ([math.radians(float(p.attrib[name])) for name in ("lat", "lon")] for p in (a, b))
        return 6371 * math.acos(min(1, math.sin(y) * math.sin(v) + math.cos(y) * math.cos(v) * math.cos(x - u)))

    tracks = list(ElementTree.fromstring(download(api, van, format="gpx", simplify=False).content).iter(f"{GPX}trk"))
    listed = api("track/list", tracker_id=van.pk, **DAY)["list"]
    for track, told in zip(tracks, listed, strict=True):
        points = list(track.iter(f"{GPX}trkpt"))
        length = sum(gone(*pair) for pair in zip(points, points[1:], strict=False))
        assert length == pytest.approx(told["length"], rel=0.01)


def test_a_point_limit_keeps_the_ends_of_each_trip(api: Api, van: Tracker) -> None:
    found = points_of(download(api, van, format="csv", point_limit=4, simplify=True).content, "csv")
    every = points_of(download(api, van, format="csv", simplify=False).content, "csv")
    assert found == [every[0], every[5], every[6], every[11]]


@pytest.mark.history(49)
@pytest.mark.parametrize(
    ("asked", "code", "status"),
    [
        ({"format": "pdf"}, 7, 400),
        ({"from": DAY["to"]}, 7, 400),
        ({"point_limit": 1}, 7, 400),
        ({"track_ids": []}, 7, 400),
        ({"track_ids": [1, 1]}, 7, 400),
        ({"track_ids": [1]}, 201, 400),
        ({"tracker_id": 987_654}, 201, 400),
        ({"from": text(at(0) - timedelta(days=400))}, 211, 400),
    ],
)
def test_a_failure_is_no_file(api: Api, van: Tracker, asked: dict[str, Any], code: int, status: int) -> None:
    assert (api.code("track/download", **{"tracker_id": van.pk, **DAY, **asked}), api.status) == (code, status)


@pytest.mark.history(4, 5)
def test_who_may_not_see_the_tracker_gets_no_file(api: Api, charlie: User, van: Tracker) -> None:
    other = Api()
    other.hash = create_session(charlie)
    assert other.code("track/download", tracker_id=van.pk, **DAY) == 201
    set_blocked(van.source_id, is_blocked=True)
    assert (api.code("track/download", tracker_id=van.pk, **DAY), api.status) == (208, 403)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_period_without_points_is_an_empty_file(api: Api, van: Tracker, kind: str) -> None:
    period = {"from": text(at(-60)), "to": text(at(-30))}
    assert points_of(download(api, van, format=kind, **period).content, kind) == []


def test_of_what_is_kept_no_longer_there_is_no_file(api: Api, van: Tracker, settings: Any) -> None:
    settings.HISTORY_DAYS = 1
    answer = api("track/download", tracker_id=van.pk, **DAY)
    assert (answer["limit_exceeded"], answer["list"]) == (True, [])


def test_the_hour_that_comes_twice_is_told_apart(api: Api, van: Tracker, settings: Any) -> None:
    settings.HISTORY_DAYS = 0
    api("user/settings/update", time_zone="Europe/Berlin")
    change = datetime(2025, 10, 26, 1, tzinfo=UTC)
    for minute in range(-30, 31, 10):
        fix = Fix(52.5, 13 + minute / 1000, 50)
        take_in([Report(van.source.device_id, change + timedelta(minutes=minute), fix=fix)])
    day = {"from": "2025-10-26 00:00:00", "to": "2025-10-27 00:00:00"}
    rows = csv.DictReader(io.StringIO(download(api, van, format="csv", **EVERYTHING, **day).content.decode()))
    assert [row["time"][11:] for row in rows] == [
        *(f"02:{minute}:00+02:00" for minute in (30, 40, 50)),
        *(f"02:{minute}:00+01:00" for minute in ("00", 10, 20, 30)),
    ]
    (track,) = api("track/list", tracker_id=van.pk, **day)["list"]
    assert (track["start_date"], track["end_date"]) == ("2025-10-26 02:30:00", "2025-10-26 02:30:00")


@pytest.mark.parametrize("year", ["0001", "1980", "2050", "9999"])
def test_periods_beyond_all_reports_are_empty(api: Api, van: Tracker, settings: Any, year: str) -> None:
    settings.HISTORY_DAYS = 0
    period = {"from": f"{year}-01-02 00:00:00", "to": f"{year}-01-31 00:00:00"}
    assert points_of(download(api, van, **period).content, "kml") == []
    assert api("track/read", tracker_id=van.pk, **period)["list"] == []
