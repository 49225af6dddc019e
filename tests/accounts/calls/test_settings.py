"""Who a caller is, and the caller's settings."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from accounts.notices import SettingsChanged
from accounts.services.sessions import create_session
from tests.api import Api
from tests.notices import Hear

FRESH = {
    "time_zone": "UTC",
    "locale": "en",
    "measurement_system": "metric",
    "date_format": None,
    "hour_mode": "TWENTY_FOUR_HOURS",
}
OTHER = {
    "time_zone": "Europe/Berlin",
    "locale": "de_DE",
    "measurement_system": "nautical",
    "date_format": "ddMMyyyy_dots",
    "hour_mode": "TWELVE_HOURS",
}


@pytest.mark.parametrize("kind", ["session", "key"])
def test_info_names_the_caller(alice: User, api: Api, api_key: str, kind: str) -> None:
    answer = api("user/get_info", hash=api_key if kind == "key" else api.hash)
    info = answer["user_info"]
    assert (info["id"], info["login"], info["title"]) == (alice.pk, alice.login, "Alice")
    assert info.items() >= FRESH.items()
    assert "master" not in answer


def test_sub_user_info_names_master_at_root(alice: User, bob: User) -> None:
    answer = Api()("user/get_info", hash=create_session(bob))
    assert answer["user_info"]["id"] == bob.pk
    assert answer["master"].items() >= {"id": alice.pk, "title": "Alice", "legal_type": "individual"}.items()


def test_an_untitled_user_shows_the_login(alice: User, api: Api) -> None:
    User.objects.update(title="")
    assert api("user/get_info")["user_info"]["title"] == alice.login


@pytest.mark.api(21)
def test_settings_are_read_as_they_were_written(api: Api) -> None:
    assert api("user/settings/read") == {"success": True, "settings": FRESH}
    assert api("user/settings/update", **OTHER) == {"success": True}
    assert api("user/settings/read")["settings"] == OTHER


@pytest.mark.api(21)
def test_settings_left_out_go_back_to_their_defaults(api: Api) -> None:
    api("user/settings/update", **OTHER)
    api("user/settings/update", time_zone="Asia/Tokyo")
    assert api("user/settings/read")["settings"] == {**FRESH, "time_zone": "Asia/Tokyo"}


@pytest.mark.api(21)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_zone", None),
        ("time_zone", ""),
        ("time_zone", "Nowhere/Land"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe"),
        ("time_zone", 5),
        ("measurement_system", "furlongs"),
        ("date_format", "yyyy"),
        ("hour_mode", "SIX"),
        ("locale", "much too long"),
    ],
)
def test_a_setting_that_is_not_allowed_changes_nothing(
    alice: User, api: Api, hear: Hear, name: str, value: Any
) -> None:
    api("user/settings/update", **OTHER)
    with hear(alice) as heard:
        answer = api("user/settings/update", **{"time_zone": "UTC", name: value})
    assert answer["status"]["code"] == 7
    assert [entry["parameter"] for entry in answer["errors"]] == [name]
    assert (api("user/settings/read")["settings"], heard["alice"]) == (OTHER, [])


def test_account_hears_of_a_new_time_zone(alice: User, bob: User, hear: Hear) -> None:
    credential = create_session(bob)
    with hear(alice, bob) as heard:
        Api()("user/settings/update", hash=credential, time_zone="Asia/Tokyo")
    assert heard == {"alice": [SettingsChanged(bob.pk, "Asia/Tokyo")], "bob": []}


def test_a_change_of_settings_leaves_the_sessions_alone(api: Api) -> None:
    api("user/settings/update", **OTHER)
    assert api("base/nothing") == {"success": True}
