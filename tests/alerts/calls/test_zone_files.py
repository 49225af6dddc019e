"""Zones that come and go as files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from alerts.models import Zone
from tests.alerts.calls.test_zones import ALL, make
from tests.api import Api
from tests.described import check_answer

KML = b"""<kml xmlns="http://www.opengis.net/kml/2.2">
<Placemark><name>Gate</name><Point><coordinates>19.04,47.5</coordinates></Point></Placemark></kml>"""


def upload(api: Api, data: bytes | None, **more: Any) -> dict[str, Any]:
    parts = {"hash": api.hash, **more}
    if data is not None:
        parts["file"] = SimpleUploadedFile("zones.kml", data)
    response = Client().post("/v2/zone/upload", parts)
    check_answer("zone/upload", {}, response.status_code, response.json())
    answer: dict[str, Any] = response.json()
    return answer


def download(api: Api, **more: Any) -> Any:
    return Client().get("/zone/download", {"hash": api.hash, **more})


@pytest.mark.alerts(11)
@pytest.mark.parametrize("format", ["kml", "kmz"])
def test_downloaded_zones_come_back_the_same(api: Api, format: str) -> None:
    ids = [make(api, zone, points, address="<Gate> & 4", tags=[7]) for zone, points in ALL]
    before = api("zone/list", with_points=True)["list"]
    file = download(api, format=format)
    assert file["Content-Disposition"] == f'attachment; filename="zones.{format}"'
    api("zone/delete", zone_ids=ids)
    uploaded = upload(api, file.content, dry_run="false")["list"]
    after = api("zone/list", with_points=True)["list"]
    assert uploaded == after
    assert [{**zone, "id": None} for zone in after] == [{**zone, "id": None} for zone in before]


@pytest.mark.alerts(11)
def test_a_dry_run_stores_nothing(api: Api) -> None:
    (zone,) = upload(api, KML, default_radius="20")["list"]
    assert (zone["id"], zone["radius"], zone["label"]) == (None, 20, "Gate")
    assert not Zone.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"), [(None, 233), (b"", 233), (b"zones", 234), (KML.replace(b"47.5", b"95"), 234)]
)
def test_a_file_that_is_none_is_refused(api: Api, data: bytes | None, code: int) -> None:
    assert upload(api, data, dry_run="false")["status"]["code"] == code


def test_a_file_beyond_the_bound_is_too_large(api: Api) -> None:
    assert upload(api, b" " * 1_100_000)["status"]["code"] == 9


def test_a_file_is_taken_whole_or_not_at_all(api: Api, settings: Any) -> None:
    settings.MAX_ZONES_PER_ACCOUNT = 1
    marks = b"<kml>" + b"<Placemark><Point><coordinates>1,1</coordinates></Point></Placemark>" * 2 + b"</kml>"
    assert upload(api, marks, dry_run="false")["status"]["code"] == 268
    assert not Zone.objects.exists()


def test_chosen_zones_are_downloaded(api: Api, charlie: User) -> None:
    one, two = make(api, label="One"), make(api, label="Two")
    assert b"Two" in download(api, zone_ids=f"[{two}]").content
    assert b"One" not in download(api, zone_ids=f"[{two}]").content
    assert download(api, zone_ids=f"[{one}, {2**50}]").json()["status"]["code"] == 201
