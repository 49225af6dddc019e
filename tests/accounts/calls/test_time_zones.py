"""The list of time zones."""

from __future__ import annotations

import zoneinfo
from typing import Any

import pytest

from accounts.calls.time_zones import time_zones
from accounts.models import User
from tests.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def zones() -> dict[str, dict[str, Any]]:
    return {zone["zone_id"]: zone for zone in Api()("timezone/list", locale="de")["list"]}


@pytest.mark.parametrize(
    ("zone_id", "description", "base", "summer", "country"),
    [
        ("UTC", "UTC", 0.0, 0, None),
        ("Europe/Berlin", "Berlin", 1.0, 1, "DE"),
        ("Europe/Dublin", "Dublin", 0.0, 1, "IE"),
        ("Australia/Sydney", "Sydney", 10.0, 1, "AU"),
        ("Asia/Kolkata", "Kolkata", 5.5, 0, "IN"),
        ("Asia/Kathmandu", "Kathmandu", 5.75, 0, "NP"),
        ("America/St_Johns", "St Johns", -3.5, 1, "CA"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires", -3.0, 0, "AR"),
        ("Australia/Lord_Howe", "Lord Howe", 10.5, 0.5, "AU"),
    ],
)
def test_zones_have_their_offsets_in_hours(
    zones: dict[str, Any], zone_id: str, description: str, base: float, summer: float, country: str | None
) -> None:
    zone = {name: value for name, value in zones[zone_id].items() if name != "alt_ids"}
    assert zone == {
        "zone_id": zone_id,
        "description": description,
        "base_offset": base,
        "dst_offset": summer,
        "country_code": country,
    }
    assert isinstance(zone["base_offset"], float)


def test_older_names_stand_with_their_zone(zones: dict[str, Any]) -> None:
    assert {"Australia/ACT", "Australia/NSW"} <= set(zones["Australia/Sydney"]["alt_ids"])
    others = [name for zone in zones.values() for name in zone.get("alt_ids", [])]
    assert len(set(others)) == len(others)
    assert not set(others) & set(zones)


def test_every_name_may_be_chosen(api: Api, alice: User, zones: dict[str, Any]) -> None:
    names = {name for zone in zones.values() for name in (zone["zone_id"], *zone.get("alt_ids", []))}
    assert len(zones) > 400
    assert names <= zoneinfo.available_timezones()
    assert api("user/settings/update", time_zone=zones["Asia/Kolkata"]["alt_ids"][0])["success"] is True


def test_a_permanent_shift_is_no_summer_time() -> None:
    (volgograd,) = [zone for zone in time_zones(2020) if zone.zone_id == "Europe/Volgograd"]
    assert (volgograd.base_offset_h, volgograd.summer_offset_h) == (3.0, 0.0)
