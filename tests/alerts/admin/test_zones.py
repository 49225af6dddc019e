"""Zones in the admin."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from alerts.admin.zones import MAX_FILE_BYTES
from alerts.models import AlertRule, Zone, ZoneAccess
from alerts.services.zone_access import bind_zones
from alerts.storage.zones import zones_of
from tests.admin import Admin
from tests.alerts.calls.test_zone_files import KML
from tests.alerts.calls.test_zones import make
from tests.api import Api

GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "Harbour"},
                "geometry": {"type": "Polygon", "coordinates": [[[n / 1000, (n % 7) / 10] for n in range(600)]]},
            },
            {
                "type": "Feature",
                "properties": {"name": "Gate"},
                "geometry": {"type": "Point", "coordinates": [19, 47]},
            },
        ],
    }
).encode()


@pytest.fixture
def site(db: None) -> Admin:
    return Admin()


def importing(account: User, data: bytes, **more: object) -> dict[str, object]:
    return {"account": account.pk, "file": SimpleUploadedFile("zones", data), "default_radius": 80, **more}


def test_zones_are_imported_from_geojson(site: Admin, alice: User) -> None:
    page = site.change("alerts_zone_add", **importing(alice, GEOJSON, thins="on")).content.decode()
    assert "2 zones imported." in page
    found = list(Zone.objects.order_by("pk").values_list("label", "point_count", "radius_m"))
    assert found == [("Harbour", 500, None), ("Gate", 0, 80)]


def test_zones_are_imported_from_kml(site: Admin, alice: User) -> None:
    site.change("alerts_zone_add", **importing(alice, KML))
    assert Zone.objects.get().label == "Gate"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GEOJSON, "Too many points"),
        (b"{}", "Invalid data"),
        (b"zones", "Invalid data"),
        (b"<kml/>", "no zones"),
        (b"{" * (MAX_FILE_BYTES + 1), "larger than 3 MiB"),
    ],
    ids=["points", "empty", "text", "nothing", "long"],
)
def test_a_file_that_cannot_be_imported_is_refused(site: Admin, alice: User, data: bytes, said: str) -> None:
    errors = site.refuse("alerts_zone_add", **importing(alice, data))
    assert said in errors["file"][0]
    assert not Zone.objects.exists()


def test_a_renamed_zone_is_judged_by_its_new_name(site: Admin, api: Api, alice: User) -> None:
    zone_id = make(api)
    zones_of({alice.pk})
    site.change("alerts_zone_change", zone_id, label="Hub", address="", color="00FF00", radius_m="70")
    known = zones_of({alice.pk})[alice.pk].zones[zone_id]
    assert (known.label, known.shape.radius_m) == ("Hub", 70)
    assert "radius_m" in site.refuse("alerts_zone_change", zone_id, label="Hub", color="00FF00", radius_m="")


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_zone_is_removed(site: Admin, api: Api, way: str) -> None:
    site.remove("alerts_zone", way, Zone.objects.get(pk=make(api)))
    assert not Zone.objects.exists()


def test_a_zone_that_rules_need_is_kept(site: Admin, api: Api, alice: User) -> None:
    zone = Zone.objects.get(pk=make(api))
    rule = AlertRule.objects.create(account=alice, made_by=alice, kind="inoutzone", name="Gate watch")
    rule.zones.add(zone)
    assert "Gate watch" in site.open("alerts_zone_delete", zone.pk).content.decode()
    site.send("alerts_zone_delete", zone.pk, post="yes")
    assert Zone.objects.exists()


def test_what_a_sub_user_sees_is_set(site: Admin, api: Api, bob: User) -> None:
    one, two = make(api), make(api)
    bind_zones(bob, [one], is_to_all=None)
    access = ZoneAccess.objects.get()
    site.change("alerts_zoneaccess_change", access.pk, zones=[two])
    assert list(bob.zone_access.zones.values_list("pk", flat=True)) == [two]


def test_every_page_opens(site: Admin, api: Api, bob: User) -> None:
    bind_zones(bob, [make(api)], is_to_all=True)
    for model in (Zone, ZoneAccess):
        assert {status for _, status in site.open_everything(model)} == {200}
