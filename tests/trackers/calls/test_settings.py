"""`tracker/settings/*`: label and group of a tracker, how its trips are told and its reports read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from tests.api import Api
from tests.strategies import EPOCH
from trackers.models import Group, Source, Tracker
from trackers.reports.report import Fix, Report
from trackers.services.access import move_tracker
from trackers.services.groups import remove_group
from trackers.services.ingestion import ingest
from trackers.services.registration import corrupt_single_tracker
from trackers.services.trackers import clone_tracker, remove_tracker, update_tracker

DEFAULTS = {
    "min_idle_duration_minutes": 5,
    "idle_speed_threshold": 3,
    "ignition_aware": False,
    "motion_sensor_aware": False,
}
OTHERS = {
    "min_idle_duration_minutes": 1440,
    "idle_speed_threshold": 0,
    "ignition_aware": True,
    "motion_sensor_aware": True,
}
AS_TOLD = {
    "clock_rule": "device",
    "clock_offset_s": 0,
    "speed_unit": "knots",
    "allows_zero_position": False,
    "max_precision_m": None,
    "max_speed_kmh": None,
    "drops_duplicates": False,
    "takes_total_distance": False,
}
DOUBTED = {
    "clock_rule": "offset",
    "clock_offset_s": -7200,
    "speed_unit": "m/s",
    "allows_zero_position": True,
    "max_precision_m": 50,
    "max_speed_kmh": 300,
    "drops_duplicates": True,
    "takes_total_distance": True,
}


@pytest.fixture
def van(alice: User, register: Callable[..., Tracker]) -> Tracker:
    return register(alice)


def settings_of(api: Api, tracker: Tracker) -> dict[str, Any]:
    found: dict[str, Any] = api("tracker/settings/read", tracker_id=tracker.pk)["settings"]
    return found


def trips_of(api: Api, tracker: Tracker) -> dict[str, Any]:
    answer = api("tracker/settings/trip_detection/read", tracker_id=tracker.pk)
    return {name: value for name, value in answer.items() if name != "success"}


def reading_of(api: Api, tracker: Tracker) -> dict[str, Any]:
    answer = api("tracker/settings/report_reading/read", tracker_id=tracker.pk)
    return {name: value for name, value in answer.items() if name != "success"}


def test_a_tracker_gets_another_label_and_group(api: Api, alice: User, van: Tracker) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    assert settings_of(api, van) == {"label": van.label, "group_id": 0}
    api("tracker/settings/update", tracker_id=van.pk, label=" Łódź 1 ", group_id=str(group.pk))
    assert settings_of(api, van) == {"label": "Łódź 1", "group_id": group.pk}
    api("tracker/settings/update", tracker_id=van.pk, label="Van", group_id=0)
    assert settings_of(api, van) == {"label": "Van", "group_id": 0}


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        *[({"label": label}, "label") for label in (None, "", " ", "x" * 61, "a>b", "a\x7f", [], True)],
        *[({"group_id": value}, "group_id") for value in (None, "x", 1.5, [], True)],
    ],
)
def test_bad_labels_and_groups_are_named(api: Api, van: Tracker, changes: dict[str, Any], at_fault: str) -> None:
    answer = api("tracker/settings/update", **({"tracker_id": van.pk, "label": "New", "group_id": 0} | changes))
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert settings_of(api, van)["label"] == van.label


def test_a_group_of_another_account_is_not_there(api: Api, charlie: User, van: Tracker) -> None:
    hers = Group.objects.create(account=charlie, title="Hers")
    for group_id in (hers.pk, -1, 2**62):
        assert api.code("tracker/settings/update", tracker_id=van.pk, label="New", group_id=group_id) == 204
    assert (api.status, settings_of(api, van)) == (404, {"label": van.label, "group_id": 0})


def test_a_clone_has_a_label_of_its_own(api: Api, charlie: User, van: Tracker) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    hers = Api()
    hers.hash = create_session(charlie)
    hers("tracker/settings/update", tracker_id=clone.pk, label="Mine", group_id=0)
    assert (settings_of(hers, clone)["label"], settings_of(api, van)["label"]) == ("Mine", van.label)


def test_what_moved_meanwhile_is_not_changed(alice: User, charlie: User, van: Tracker) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    before = Tracker.objects.get()
    move_tracker(van, charlie)
    for change in (
        lambda: update_tracker(before, label="New", group=group),
        lambda: corrupt_single_tracker(before),
    ):
        with pytest.raises(ApiError) as refused:
            change()
        assert refused.value.code is ErrorCode.NOT_FOUND
    van.refresh_from_db()
    assert (van.account, van.group, van.source.is_corrupted) == (charlie, None, False)


def test_what_went_meanwhile_is_not_changed(alice: User, van: Tracker) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    gone = Group.objects.get()
    remove_group(group)
    with pytest.raises(ApiError) as refused:
        update_tracker(van, label="New", group=gone)
    assert refused.value.code is ErrorCode.ENTITY_NOT_FOUND
    again = Tracker.objects.get()
    remove_tracker(van)
    with pytest.raises(ApiError) as refused:
        update_tracker(again, label="New", group=None)
    assert refused.value.code is ErrorCode.NOT_FOUND


def test_trip_detection_is_read_and_updated(api: Api, van: Tracker) -> None:
    assert trips_of(api, van) == DEFAULTS
    assert api("tracker/settings/trip_detection/update", tracker_id=van.pk, **OTHERS) == {"success": True}
    assert trips_of(api, van) == OTHERS
    texts = {name: str(value).lower() for name, value in DEFAULTS.items()}
    api("tracker/settings/trip_detection/update", tracker_id=van.pk, **texts)
    assert trips_of(api, van) == DEFAULTS


@pytest.mark.api(71)
def test_trip_detection_holds_for_the_next_report(api: Api, van: Tracker) -> None:
    api("tracker/settings/trip_detection/update", tracker_id=van.pk, **(DEFAULTS | {"idle_speed_threshold": 60}))
    for minute, speed in enumerate((60, 59)):
        time = EPOCH + timedelta(minutes=minute)
        ingest([Report(van.source.device_id, time, fix=Fix(1, 2, speed_kmh=speed))], received_at=time)
    assert api("tracker/get_state", tracker_id=van.pk)["state"]["movement_status"] == "stopped"


def test_an_offline_timeout_of_its_own_stays(api: Api, van: Tracker) -> None:
    Source.objects.update(offline_timeout_s=3600)
    api("tracker/settings/trip_detection/update", tracker_id=van.pk, **OTHERS)
    assert Source.objects.get().offline_timeout_s == 3600


@pytest.mark.parametrize(
    ("at_fault", "value"),
    [
        *[("min_idle_duration_minutes", value) for value in (None, 0, 1441, -1, "x", 1.5, True)],
        *[("idle_speed_threshold", value) for value in (None, -1, 201, "", 2**62, [])],
        *[("ignition_aware", value) for value in (None, "yes", 1, [])],
        *[("motion_sensor_aware", value) for value in (None, "", 0, {})],
    ],
)
def test_trip_detection_has_its_ranges(api: Api, van: Tracker, at_fault: str, value: Any) -> None:
    fields = OTHERS | {at_fault: value}
    answer = api("tracker/settings/trip_detection/update", tracker_id=van.pk, **fields)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert trips_of(api, van) == DEFAULTS


def test_clone_owners_do_not_set_the_device(api: Api, charlie: User, van: Tracker) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    hers = Api()
    hers.hash = create_session(charlie)
    assert hers.code("tracker/settings/trip_detection/update", tracker_id=clone.pk, **OTHERS) == 219
    assert trips_of(hers, clone) == trips_of(api, van) == DEFAULTS


def test_how_reports_are_read_is_read_and_updated(api: Api, van: Tracker) -> None:
    assert reading_of(api, van) == AS_TOLD
    assert api("tracker/settings/report_reading/update", tracker_id=van.pk, **DOUBTED) == {"success": True}
    assert reading_of(api, van) == DOUBTED
    texts = {name: str(value).lower() for name, value in AS_TOLD.items() if value is not None}
    api("tracker/settings/report_reading/update", tracker_id=van.pk, **texts)
    assert reading_of(api, van) == AS_TOLD


def test_another_unit_holds_for_the_next_report(api: Api, van: Tracker) -> None:
    api("tracker/settings/report_reading/update", tracker_id=van.pk, **(AS_TOLD | {"speed_unit": "m/s"}))
    Client().get("/ingest/osmand", {"id": van.source.device_id, "lat": 52.5, "lon": 13.4, "speed": 10})
    assert api("tracker/get_state", tracker_id=van.pk)["state"]["gps"]["speed"] == 36


def test_reading_reports_and_trips_do_not_disturb_each_other(api: Api, van: Tracker) -> None:
    api("tracker/settings/report_reading/update", tracker_id=van.pk, **DOUBTED)
    api("tracker/settings/trip_detection/update", tracker_id=van.pk, **OTHERS)
    assert (reading_of(api, van), trips_of(api, van)) == (DOUBTED, OTHERS)


@pytest.mark.parametrize(
    ("at_fault", "value"),
    [
        *[("clock_rule", value) for value in (None, "", "gps", 1, [])],
        *[("clock_offset_s", value) for value in (None, "x", 1.5, 2**62, 400_000_000, -400_000_000)],
        *[("speed_unit", value) for value in (None, "mph", "", [], True)],
        *[("allows_zero_position", value) for value in (None, "yes", 1)],
        *[("max_precision_m", value) for value in (0, -1, "x", 1.5, 2**31, True)],
        *[("max_speed_kmh", value) for value in (0, -1, "", 2**31, [])],
        *[("drops_duplicates", value) for value in (None, "", 0)],
        *[("takes_total_distance", value) for value in (None, {}, 2)],
    ],
)
def test_what_reading_reports_cannot_be_is_named(api: Api, van: Tracker, at_fault: str, value: Any) -> None:
    answer = api("tracker/settings/report_reading/update", tracker_id=van.pk, **(DOUBTED | {at_fault: value}))
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert reading_of(api, van) == AS_TOLD


def test_clone_owners_do_not_set_how_reports_are_read(api: Api, charlie: User, van: Tracker) -> None:
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    hers = Api()
    hers.hash = create_session(charlie)
    assert hers.code("tracker/settings/report_reading/update", tracker_id=clone.pk, **DOUBTED) == 219
    assert reading_of(hers, clone) == reading_of(api, van) == AS_TOLD
