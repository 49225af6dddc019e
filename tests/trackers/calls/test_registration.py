"""`tracker/register`, `corrupt`, `delete` and `list_models`: how trackers come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.selectors import principal_for_hash
from accounts.services.sessions import create_session
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rights import Right
from tests.api import Api
from tests.notices import Hear
from tests.strategies import EPOCH
from tests.trackers.rights import give_rights
from trackers.engine.notices import LifecycleChanged, LifecycleEvent, TrackersChanged
from trackers.models import Group, Source, SourceReport, Tracker
from trackers.reports.outcome import Outcome
from trackers.reports.report import Fix, Report
from trackers.services import registration
from trackers.services.ingestion import ingest
from trackers.services.trackers import clone_tracker, corrupt_tracker, set_blocked

Register = Callable[..., Tracker]

VAN = {"label": "Van", "group_id": 0, "model": "osmand", "plugin_id": 44, "device_id": "van-1"}


def stranger(user: User) -> Api:
    api = Api()
    api.hash = create_session(user)
    return api


def test_a_registered_tracker_takes_reports(api: Api, alice: User, hear: Hear) -> None:
    group = Group.objects.create(account=alice, title="Vans")
    with hear(alice) as heard:
        value = api("tracker/register", **(VAN | {"group_id": group.pk, "phone": "+49301234567"}))["value"]
    assert TrackersChanged() in heard["alice"]
    assert (value["label"], value["group_id"], value["clone"]) == ("Van", group.pk, False)
    source = value["source"]
    assert (source["device_id"], source["model"], source["phone"]) == ("van-1", "osmand", "49301234567")
    assert api("tracker/list")["list"] == [value]
    assert api("tracker/get_state", tracker_id=value["id"])["state"]["connection_status"] == "just_registered"
    assert ingest([Report("van-1", EPOCH, fix=Fix(1, 2))], received_at=EPOCH) == [Outcome.STORED]


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        *[({"label": label}, "label") for label in (None, "", " ", "x" * 61, "<b>", "a\x00", [], {})],
        *[({"group_id": value}, "group_id") for value in ("x", 1.5, [], True)],
        *[({"plugin_id": value}, "plugin_id") for value in (None, "x", 1.5, [])],
        *[({"model": value}, "model") for value in (None, "", [], "x" * 65, "a\nb")],
        *[({"device_id": value}, "device_id") for value in (None, "", "x" * 65, "a b", "a~1", "ä", "a%2F", [], {})],
        *[({"device_id": value, "model": "navixy_ngp"}, "device_id") for value in ("12345", "1" * 33, "abc_123")],
        *[({"phone": value}, "phone") for value in ("", "1234", "1" * 16, "12 34 56", "phone", "++123456", [], True)],
    ],
)
def test_what_cannot_be_registered_is_named(api: Api, changes: dict[str, Any], at_fault: str) -> None:
    answer = api("tracker/register", **(VAN | changes))
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, at_fault)
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("model", "device_id"),
    [
        ("navixy_ngp", "123456"),
        ("navixy_ngp", "x" * 32),
        ("traccar", "1"),
        ("osmand", "Z-" * 32),
        ("osmand", 123456),
        ("osmand", "fleet/van_1.a:b"),
        ("traccar", "35_1"),
    ],
)
def test_device_ids_fit_their_model(api: Api, model: str, device_id: Any) -> None:
    value = api("tracker/register", **(VAN | {"model": model, "device_id": device_id}))["value"]
    assert value["source"]["device_id"] == str(device_id)


def test_a_key_can_be_demanded_from_the_start(api: Api) -> None:
    answer = api("tracker/register", **(VAN | {"require_key": True}))
    fields = {"id": "van-1", "lat": 52.5, "lon": 13.4}
    assert Client().get("/ingest/osmand", fields).status_code == 403
    assert Client().get("/ingest/osmand", {**fields, "key": answer["ingest_key"]}).status_code == 200
    assert answer["ingest_key"] not in str(Source.objects.values().get())
    assert "ingest_key" not in api("tracker/register", **(VAN | {"device_id": "van-2", "require_key": "false"}))
    assert Client().get("/ingest/osmand", {**fields, "id": "van-2"}).status_code == 200


@pytest.mark.parametrize("device_id", ["fleet/van_1.a:b", "_", "35_1:2"])
def test_what_is_registered_may_report(api: Api, device_id: str) -> None:
    tracker = api("tracker/register", **(VAN | {"device_id": device_id}))["value"]
    assert Client().get("/ingest/osmand", {"id": device_id, "lat": 52.5, "lon": 13.4}).status_code == 200
    assert api("tracker/get_state", tracker_id=tracker["id"])["state"]["gps"]["location"]["lat"] == 52.5


@pytest.mark.parametrize("plugin_id", [44, 35, "68"])
def test_a_phone_has_ways_of_its_own(api: Api, plugin_id: Any) -> None:
    assert api("tracker/register", **(VAN | {"plugin_id": plugin_id}))["success"]


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"group_id": 987_654}, 204, 404),
        ({"model": "gv300"}, 220, 400),
        ({"plugin_id": 37}, 222, 400),
        ({"plugin_id": 68, "model": "traccar"}, 222, 400),
        ({"device_id": "taken"}, 224, 400),
        ({"phone": "49301234567"}, 223, 400),
        ({"phone": "+49301234567"}, 223, 400),
    ],
)
def test_a_registration_that_fails_leaves_nothing_behind(
    api: Api, charlie: User, changes: dict[str, Any], code: int, status: int
) -> None:
    stranger(charlie)("tracker/register", **(VAN | {"device_id": "taken", "phone": "49301234567"}))
    assert (api.code("tracker/register", **(VAN | changes)), api.status) == (code, status)
    assert (Source.objects.count(), api("tracker/list")["list"]) == (1, [])
    assert api("tracker/register", **VAN)["success"]


def test_groups_of_others_are_not_there(api: Api, charlie: User) -> None:
    hers = Group.objects.create(account=charlie, title="Hers")
    assert api.code("tracker/register", **(VAN | {"group_id": hers.pk})) == 204


def test_an_account_has_as_many_trackers_as_allowed(api: Api, charlie: User, settings: Any) -> None:
    settings.MAX_TRACKERS_PER_ACCOUNT = 2
    for number in (1, 2):
        api("tracker/register", **(VAN | {"device_id": f"van-{number}"}))
    assert (api.code("tracker/register", **(VAN | {"device_id": "van-3"})), api.status) == (221, 403)
    assert stranger(charlie)("tracker/register", **(VAN | {"device_id": "van-3"}))["success"]


def test_a_sub_user_without_the_right_registers_nothing(bob: User) -> None:
    api = stranger(bob)
    assert (api.code("tracker/register", **VAN), api.status) == (13, 403)
    assert not Source.objects.exists()


@pytest.mark.api(23)
def test_a_sub_user_sees_what_it_registered(alice: User, bob: User, register: Register) -> None:
    give_rights(bob, Right.TRACKER_REGISTER)
    other = register(alice)
    his = stranger(bob)
    value = his("tracker/register", **VAN)["value"]
    assert Tracker.objects.get(pk=value["id"]).account == alice
    assert [one["id"] for one in his("tracker/list")["list"]] == [value["id"]]
    assert (his.code("tracker/corrupt", tracker_id=other.pk), his.code("tracker/delete", tracker_id=value["id"])) == (
        201,
        13,
    )
    assert his("tracker/corrupt", tracker_id=value["id"]) == {"success": True}


def test_nobody_registers_for_a_user_who_is_gone(alice: User, bob: User) -> None:
    principal = principal_for_hash(create_session(bob))
    User.objects.filter(pk=bob.pk).delete()
    with pytest.raises(ApiError) as refused:
        registration.register_device(principal, registration.NewDevice("van-1", "osmand"), label="Van", group=None)
    assert refused.value.code is ErrorCode.SESSION_ENDED


@pytest.mark.api(62)
def test_a_corrupted_tracker_frees_its_ids(api: Api, alice: User, hear: Hear) -> None:
    tracker_id = api("tracker/register", **(VAN | {"phone": "49301234567"}))["value"]["id"]
    source_id = Source.objects.get().pk
    ingest([Report("van-1", EPOCH, fix=Fix(1, 2))], received_at=EPOCH)
    with hear(alice) as heard:
        assert api("tracker/corrupt", tracker_id=tracker_id) == {"success": True}
    assert heard["alice"] == [LifecycleChanged(source_id, LifecycleEvent.CORRUPT)]
    assert (api("tracker/list")["list"], SourceReport.objects.count()) == ([], 0)
    assert api.code("tracker/corrupt", tracker_id=tracker_id) == 201
    assert ingest([Report("van-1", EPOCH)], received_at=EPOCH) == [Outcome.UNKNOWN_DEVICE]
    assert api("tracker/register", **(VAN | {"phone": "49301234567"}))["value"]["source"]["id"] != source_id


@pytest.mark.api(29)
def test_clones_are_deleted_and_originals_corrupted(api: Api, alice: User, charlie: User, register: Register) -> None:
    van = register(alice)
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    hers = stranger(charlie)
    assert (api.code("tracker/delete", tracker_id=van.pk), api.status) == (249, 403)
    assert (hers.code("tracker/corrupt", tracker_id=clone.pk), hers.status) == (219, 403)
    assert (api.code("tracker/corrupt", tracker_id=van.pk), api.status) == (253, 400)
    assert hers("tracker/delete", tracker_id=clone.pk) == {"success": True}
    assert hers("tracker/list")["list"] == []
    assert api("tracker/corrupt", tracker_id=van.pk) == {"success": True}


def test_a_blocked_tracker_stays(api: Api, alice: User, charlie: User, register: Register) -> None:
    van = register(alice)
    clone = clone_tracker(van, account=charlie, label="Borrowed")
    set_blocked(van.source_id, is_blocked=True)
    assert api.code("tracker/corrupt", tracker_id=van.pk) == 208
    assert stranger(charlie).code("tracker/delete", tracker_id=clone.pk) == 208
    assert Tracker.objects.count() == 2


def test_only_one_simultaneous_corruption_succeeds(alice: User, register: Register) -> None:
    van = register(alice)
    again = Tracker.objects.get()
    corrupt_tracker(van)
    with pytest.raises(ApiError) as refused:
        registration.corrupt_single_tracker(again)
    assert refused.value.code is ErrorCode.ALREADY_CORRUPTED


@pytest.mark.parametrize("call", ["corrupt", "delete"])
def test_a_sub_user_without_the_right_removes_nothing(alice: User, bob: User, register: Register, call: str) -> None:
    van = register(alice)
    van.sub_users.add(bob)
    assert not {Right.ADMIN, Right.TRACKER_REGISTER} & principal_for_hash(create_session(bob)).rights
    assert stranger(bob).code(f"tracker/{call}", tracker_id=van.pk) == 13


def test_every_model_that_is_listed_can_be_registered(api: Api) -> None:
    models = api("tracker/list_models")["list"]
    assert {model["code"] for model in models} == {"osmand", "traccar", "navixy_ngp"}
    for model in models:
        fields = {"model": model["code"], "device_id": f"device-{model['id']}"}
        assert api("tracker/register", **(VAN | fields))["value"]["source"]["model"] == model["code"]


def test_models_are_chosen_by_code(api: Api) -> None:
    (model,) = api("tracker/list_models", codes=["navixy_ngp", "unheard_of"])["list"]
    assert (model["id_type"], model["digital_inputs"], "board_voltage" in model["inputs"]) == ("ascii,6,32", 8, True)
    assert api("tracker/list_models", codes=["unheard_of"])["list"] == []


def test_a_compact_view_tells_what_a_model_is(api: Api) -> None:
    compact = api("tracker/list_models", compact_view="true")["list"]
    full = api("tracker/list_models")["list"]
    assert [model.items() <= whole.items() for model, whole in zip(compact, full, strict=True)] == [True] * 3
    assert "inputs" in full[0] and "inputs" not in compact[0]


@pytest.mark.parametrize("codes", [[], "osmand", [None], ["a", "a"], [""], [5], {}, 5])
def test_a_bad_list_of_codes_is_named(api: Api, codes: Any) -> None:
    answer = api("tracker/list_models", codes=codes)
    assert (answer["status"]["code"], answer["errors"][0]["parameter"]) == (7, "codes")


def test_a_pairing_sheet_says_what_to_enter_and_shows_a_key_once(api: Api, register: Register, alice: User) -> None:
    van = register(alice)
    names = {app["code"]: app["model"] for app in api("tracker/pairing/list")["list"]}
    assert (names["osmand"], names["traccar_server"], names["ngp"]) == ("osmand", "traccar", "navixy_ngp")
    first = api("tracker/pairing/create", tracker_id=van.pk, app="gpslogger", new_key=True)
    assert first["ingest_key"] in first["entries"][0]["value"] and not first["hides_key"]
    assert Source.objects.get().speed_unit == "m/s"
    again = api("tracker/pairing/create", tracker_id=van.pk, app="overland")
    assert again["hides_key"] and "ingest_key" not in again
    assert again["svg"].startswith("<svg") and first["svg"] is None
    assert first["ingest_key"] not in str(again)


def test_an_account_unblocks_what_it_blocked_and_no_more(api: Api, register: Register, alice: User, hear: Hear) -> None:
    van = register(alice)

    route = "tracker/source/update"

    def block(blocked: bool) -> bool:
        return bool(api(route, tracker_id=van.pk, blocked=blocked)["success"])

    with hear(alice) as heard:
        assert block(True) and block(True)
    assert [one.event for one in heard["alice"] if isinstance(one, LifecycleChanged)] == [LifecycleEvent.BLOCK]
    assert api.code("tracker/get_state", tracker_id=van.pk) == 208
    assert block(False) and not Source.objects.get().is_blocked
    assert block(True)
    set_blocked(van.source_id, is_blocked=True)
    assert [api.code(route, tracker_id=van.pk, blocked=blocked) for blocked in (False, True)] == [13, 13]
    set_blocked(van.source_id, is_blocked=False)
    assert block(True) and block(False)
