"""Dates as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.services.sessions import create_session
from accounts.wire.dates import format_date

MOMENT = datetime(2024, 5, 2, 6, 15, 0, 999_999, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/London"]


@pytest.mark.api(10, 11)
@pytest.mark.parametrize(
    ("zone", "plain", "iso"),
    [
        ("UTC", "2024-05-02 06:15:00", "2024-05-02T06:15:00Z"),
        ("Europe/Berlin", "2024-05-02 08:15:00", "2024-05-02T08:15:00+02:00"),
        ("America/New_York", "2024-05-02 02:15:00", "2024-05-02T02:15:00-04:00"),
        ("Asia/Kathmandu", "2024-05-02 12:00:00", "2024-05-02T12:00:00+05:45"),
    ],
)
def test_dates_are_in_the_readers_zone(zone: str, plain: str, iso: str) -> None:
    assert format_date(MOMENT, ZoneInfo(zone), iso=False) == plain
    assert format_date(MOMENT, ZoneInfo(zone), iso=True) == iso


def test_a_year_has_four_digits() -> None:
    early = datetime(12, 1, 2, tzinfo=UTC)
    assert format_date(early, UTC, iso=False) == "0012-01-02 00:00:00"
    assert format_date(early, UTC, iso=True) == "0012-01-02T00:00:00Z"


# From 1980 on every zone's offset is whole minutes, as ISO 8601 wants it.
@given(
    moment=st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES).map(ZoneInfo) | st.integers(-14, 14).map(lambda h: timezone(timedelta(hours=h))),
)
def test_iso_date_names_its_moment_everywhere(moment: datetime, zone: ZoneInfo) -> None:
    assert datetime.fromisoformat(format_date(moment, zone, iso=True)) == moment.replace(microsecond=0)


@pytest.fixture
def in_two_zones(alice: User, charlie: User) -> tuple[str, str]:
    """The hashes of Alice, who reads dates in Berlin, and of Charlie, who reads them in UTC."""
    User.objects.update(created_at=MOMENT)
    alice.time_zone = "Europe/Berlin"
    alice.save(update_fields=["time_zone"])
    return create_session(alice), create_session(charlie)


def creation_date(credential: str, *, path: str = "/user/get_info", headers: dict[str, str] | None = None) -> str:
    response = Client().post(path, {"hash": credential}, content_type="application/json", headers=headers or {})
    return response.json()["user_info"]["creation_date"]


@pytest.mark.api(10)
def test_two_users_read_their_own_zones(in_two_zones: tuple[str, str]) -> None:
    assert [creation_date(credential) for credential in in_two_zones] == ["2024-05-02 08:15:00", "2024-05-02 06:15:00"]


@pytest.mark.api(11)
@pytest.mark.parametrize(
    ("body", "query", "header", "is_iso"),
    [
        (True, None, None, True),
        ("true", None, None, True),
        (None, "true", None, True),
        (None, None, "true", True),
        (None, None, None, False),
        (False, "true", "true", False),
        (None, "false", "true", False),
        (True, "false", "false", True),
    ],
)
def test_switch_precedence_is_body_query_header(
    in_two_zones: tuple[str, str], body: bool | str | None, query: str | None, header: str | None, is_iso: bool
) -> None:
    path = "/user/get_info" if query is None else f"/user/get_info?iso_datetime={query}"
    headers = {} if header is None else {"NVX-ISO-DateTime": header}
    for credential, iso in zip(in_two_zones, ["2024-05-02T08:15:00+02:00", "2024-05-02T06:15:00Z"], strict=True):
        fields = {"hash": credential} if body is None else {"hash": credential, "iso_datetime": body}
        response = Client().post(path, fields, content_type="application/json", headers=headers)
        assert (response.json()["user_info"]["creation_date"] == iso) is is_iso


@pytest.mark.parametrize("value", ["maybe", 5, []])
def test_a_switch_that_is_no_boolean_is_refused(in_two_zones: tuple[str, str], value: object) -> None:
    fields = {"hash": in_two_zones[0], "iso_datetime": value}
    response = Client().post("/base/nothing", fields, content_type="application/json")
    assert response.json()["errors"] == [{"parameter": "iso_datetime", "error": "must be true or false"}]
