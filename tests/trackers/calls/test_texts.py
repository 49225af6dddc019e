"""What people call things is what they see: the calls refuse texts that show as other ones (api §1.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import ApiKey, SecurityGroup, User
from tests.api import Api
from tests.people import PASSWORD
from trackers.models import Group, Sensor, Tracker

Register = Callable[..., Tracker]

DISGUISED = "Van\u202e1 kcurT"
RIGHT_TO_LEFT = "סנדר 7"
DOOR = {"type": "discrete", "sensor_type": "door", "name": "Door", "input_number": 2}
STATE = {
    "type": "virtual",
    "sensor_type": "state",
    "name": "State",
    "input_name": "state",
    "parameters": {"calc_method": "identity"},
}
SUB_USER = {"login": "dora@fleet.example"}


def titled(text: str) -> dict[str, Any]:
    return {**STATE, "parameters": {"calc_method": "identity", "value_titles": [{"value": "1", "title": text}]}}


# Where a text goes, and the parameter that is named when it is refused.
PLACES: list[tuple[str, Callable[[str], dict[str, Any]], str]] = [
    ("tracker/settings/update", lambda text: {"label": text, "group_id": 0}, "label"),
    ("tracker/group/create", lambda text: {"title": text, "color": "00ff00"}, "title"),
    ("tracker/sensor/create", lambda text: {"sensor": {**DOOR, "name": text}}, "sensor.name"),
    ("tracker/sensor/create", lambda text: {"sensor": titled(text)}, "sensor.parameters.value_titles"),
    ("api/key/create", lambda text: {"title": text}, "title"),
    (
        "subuser/register",
        lambda text: {"user": {**SUB_USER, "first_name": text}, "password": PASSWORD},
        "user.first_name",
    ),
    (
        "subuser/register",
        lambda text: {"user": {**SUB_USER, "legal_name": text}, "password": PASSWORD},
        "user.legal_name",
    ),
    (
        "subuser/security_group/create",
        lambda text: {"group": {"label": text, "privileges": {"rights": []}}},
        "group.label",
    ),
]


@pytest.mark.api(13)
@pytest.mark.parametrize(("path", "fields", "parameter"), PLACES)
def test_disguised_text_is_refused_and_nothing_changes(
    api: Api, alice: User, register: Register, path: str, fields: Callable[[str], dict[str, Any]], parameter: str
) -> None:
    van = register(alice)
    answer = api(path, tracker_id=van.pk, **fields(DISGUISED))
    assert answer["status"]["code"] == 7
    assert answer["errors"] == [{"parameter": parameter, "error": "must not have U+202E, which cannot be seen"}]
    van.refresh_from_db()
    assert van.label == "Van 1"
    assert not any(model.objects.exists() for model in (Group, Sensor, ApiKey, SecurityGroup))


@pytest.mark.parametrize(("path", "fields", "parameter"), PLACES)
def test_text_from_right_to_left_is_taken(
    api: Api, alice: User, register: Register, path: str, fields: Callable[[str], dict[str, Any]], parameter: str
) -> None:
    assert api(path, tracker_id=register(alice).pk, **fields(RIGHT_TO_LEFT))["success"] is True


def test_settings_change_whatever_older_rules_let_in(api: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(title=DISGUISED)
    assert api("user/settings/update", time_zone="Europe/Budapest", locale="en")["success"] is True
