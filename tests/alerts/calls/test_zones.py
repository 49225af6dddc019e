"""The calls about zones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.users import remove_user
from accounts.wire.rights import Right
from alerts.models import AlertRule, Zone
from alerts.services.zone_access import bind_zones
from tests.alerts.drawings import CIRCLE, LINE, POLYGON, SAUSAGE, SQUARE, ring
from tests.api import Api
from tests.trackers.rights import give_rights

LogIn = Callable[[User], Api]
ALL = [(CIRCLE, None), (POLYGON, SQUARE), (SAUSAGE, LINE)]


def make(api: Api, zone: dict[str, Any] = CIRCLE, points: Any = None, **more: Any) -> int:
    zone_id: int = api("zone/create", zone={**zone, **more}, points=points)["id"]
    return zone_id


def parameters_at_fault(answer: dict[str, Any]) -> list[str]:
    assert answer["status"]["code"] == 7
    return [error["parameter"] for error in answer["errors"]]


@pytest.mark.alerts(1)
@pytest.mark.parametrize(("zone", "points"), ALL)
def test_a_zone_comes_back_as_it_was_made(api: Api, zone: dict[str, Any], points: Any) -> None:
    zone_id = make(api, zone, points, tags=[3, 1, 3])
    found = api("zone/read", zone_id=zone_id)["value"]
    assert found.pop("bounds")
    assert found == {**zone, "id": zone_id, "address": "", "color": "27A9E3", "tags": [3, 1]}


@pytest.mark.alerts(1)
def test_bounds_lie_around_the_shape(api: Api) -> None:
    bounds = api("zone/read", zone_id=make(api, POLYGON, SQUARE))["value"]["bounds"]
    assert bounds == {"nw": {"lat": 47.1, "lng": 19.0}, "se": {"lat": 47.0, "lng": 19.1}}
    around = api("zone/read", zone_id=make(api, SAUSAGE, LINE))["value"]["bounds"]
    assert around["nw"]["lat"] == pytest.approx(47.2 + 50 / 111_195)
    assert around["nw"]["lng"] < 19.0 < 19.2 < around["se"]["lng"]


@pytest.mark.alerts(2)
def test_a_list_counts_pages_and_filters(api: Api) -> None:
    ids = [
        make(api, label=label, address=address)
        for label, address in [("Depot A", ""), ("Élan", "Dép street"), ("x", "")]
    ]
    whole = api("zone/list")
    assert ([zone["id"] for zone in whole["list"]], whole["count"]) == (ids, 3)
    part = api("zone/list", offset=1, limit=1)
    assert ([zone["id"] for zone in part["list"]], part["count"]) == (ids[1:2], 3)
    assert [zone["id"] for zone in api("zone/list", filter="éLAN")["list"]] == ids[1:2]
    assert [zone["id"] for zone in api("zone/list", filter="dép")["list"]] == ids[1:2]


@pytest.mark.alerts(2)
def test_a_list_has_points_only_when_asked(api: Api) -> None:
    make(api, POLYGON, [{**SQUARE[0], "node": True}, *SQUARE[1:]])
    assert "points" not in api("zone/list")["list"][0]
    points = api("zone/list", with_points=True)["list"][0]["points"]
    assert [point["node"] for point in points] == [True, False, False, False]
    assert [{"lat": one["lat"], "lng": one["lng"]} for one in points] == SQUARE


def test_zones_with_all_of_the_tags_are_found(api: Api) -> None:
    both = make(api, tags=[1, 2])
    make(api, tags=[1])
    assert [zone["id"] for zone in api("zone/list", tag_ids=[2, 1])["list"]] == [both]


@pytest.mark.alerts(3)
@pytest.mark.parametrize(
    ("zone", "points", "code"),
    [
        (POLYGON, SQUARE[:2], 284),
        (POLYGON, [SQUARE[0]] * 5, 284),
        (POLYGON, [], 284),
        (POLYGON, None, 284),
        (POLYGON, ring(501), 202),
        (POLYGON, ring(10_000), 202),
        (SAUSAGE, LINE[:1], 284),
        (SAUSAGE, ring(1025), 202),
        (CIRCLE, SQUARE, 230),
    ],
)
def test_a_wrong_number_of_points_is_refused(api: Api, zone: dict[str, Any], points: Any, code: int) -> None:
    assert api.code("zone/create", zone=zone, points=points) == code
    assert api.code("zone/create", zone={**zone, "points": points}) == code
    assert not Zone.objects.exists()


@pytest.mark.alerts(3)
@pytest.mark.parametrize(
    ("zone", "points"), [(POLYGON, ring(3)), (POLYGON, ring(500)), (SAUSAGE, LINE), (SAUSAGE, ring(1024))]
)
def test_the_fewest_and_the_most_points_work(api: Api, zone: dict[str, Any], points: Any) -> None:
    zone_id = make(api, {**zone, "points": points})
    assert len(api("zone/point/list", zone_id=zone_id)["list"]) == len(points)


@pytest.mark.alerts(4)
@pytest.mark.parametrize(("zone", "points"), ALL[1:])
def test_points_are_listed_and_replaced(api: Api, zone: dict[str, Any], points: Any) -> None:
    zone_id = make(api, zone, points)
    assert api("zone/point/update", zone_id=zone_id, points=ring(7))["success"]
    assert api("zone/point/list", zone_id=zone_id)["list"] == [{**point, "node": False} for point in ring(7)]
    assert len(api("zone/point/list", zone_id=zone_id, count=4)["list"]) == 4
    assert api.code("zone/point/update", zone_id=zone_id, points=ring(7)[:1]) == 284


@pytest.mark.alerts(4)
def test_a_circle_has_no_points(api: Api) -> None:
    zone_id = make(api)
    assert api.code("zone/point/list", zone_id=zone_id) == 230
    assert api.code("zone/point/update", zone_id=zone_id, points=SQUARE) == 230


@pytest.mark.alerts(5)
def test_an_update_moves_a_circle_and_keeps_the_rest(api: Api) -> None:
    zone_id = make(api, address="Gate 4", color="00ff00", tags=[9])
    changed = {"id": zone_id, "type": "circle", "radius": 250, "center": {"lat": -1.5, "lng": 30}}
    assert api("zone/update", zone=changed)["success"]
    found = api("zone/read", zone_id=zone_id)["value"]
    assert (found["radius"], found["center"], found["label"]) == (250, {"lat": -1.5, "lng": 30}, "Depot")
    assert (found["address"], found["tags"], found["color"]) == ("Gate 4", [9], "27A9E3")


@pytest.mark.alerts(5)
def test_an_update_takes_points_in_the_zone_and_beside_it(api: Api) -> None:
    zone_id = make(api, POLYGON, SQUARE)
    zone = {"id": zone_id, "type": "polygon"}
    assert api("zone/update", zone={**zone, "points": ring(5)})["success"]
    assert len(api("zone/point/list", zone_id=zone_id)["list"]) == 5
    assert api("zone/update", zone=zone, points=ring(6))["success"]
    assert len(api("zone/point/list", zone_id=zone_id)["list"]) == 6


@pytest.mark.alerts(5)
def test_the_type_of_a_zone_never_changes(api: Api) -> None:
    zone_id = make(api)
    assert api.code("zone/update", zone={"id": zone_id, "type": "polygon"}, points=SQUARE) == 231
    assert api.status == 409


@pytest.mark.alerts(5, 50)
def test_zones_of_others_are_not_there(api: Api, charlie: User, log_in: LogIn) -> None:
    theirs = make(log_in(charlie))
    circle = {"type": "circle", "label": "mine now"}
    assert api.code("zone/read", zone_id=theirs) == 201
    assert api.code("zone/update", zone={"id": theirs, **circle}) == 201
    assert api.code("zone/update", zone={"id": 2**60, **circle}) == 201
    assert api.code("zone/delete", zone_id=theirs) == 201
    assert api.code("zone/point/list", zone_id=theirs) == 201
    assert api("zone/search_location", location=CIRCLE["center"])["list"] == []
    assert Zone.objects.get().label == "Depot"


def rule_on(account: User, zone_id: int) -> AlertRule:
    rule = AlertRule.objects.create(account=account, made_by=account, kind="inoutzone", name="Gate")
    rule.zones.add(zone_id)
    return rule


@pytest.mark.alerts(6)
def test_a_zone_that_rules_need_stays(api: Api, alice: User) -> None:
    used, unused = make(api), make(api)
    rules = [rule_on(alice, used).pk, rule_on(alice, used).pk]
    answer = api("zone/delete", zone_ids=[unused, used])
    assert (answer["status"]["code"], api.status) == (203, 409)
    assert answer["entities"] == [{"type": "rules", "ids": rules}]
    assert api.code("zone/delete", zone_id=used) == 203
    assert Zone.objects.count() == 2


@pytest.mark.alerts(6)
def test_zones_go_one_or_several(api: Api) -> None:
    one, two, three = make(api), make(api), make(api)
    assert api("zone/delete", zone_id=one)["success"]
    assert api.code("zone/delete", zone_ids=[two, one]) == 201
    assert Zone.objects.count() == 2
    assert api("zone/delete", zone_ids=[two, three, two])["success"]
    assert not Zone.objects.exists()


@pytest.mark.alerts(6)
def test_a_deletion_says_what_it_needs(api: Api) -> None:
    assert parameters_at_fault(api("zone/delete")) == ["zone_ids"]


@pytest.mark.alerts(7)
def test_a_place_is_in_the_zones_around_it(api: Api) -> None:
    circle, polygon, sausage = make(api, CIRCLE), make(api, POLYGON, ring(8, latitude=47.5, size=0.02)), None
    sausage = make(api, SAUSAGE, [{"lat": 47.5, "lng": 18.9}, {"lat": 47.5, "lng": 19.1}])
    around = api("zone/search_location", location={"lat": 47.5, "lng": 19.0})["list"]
    assert around == [
        {"id": circle, "label": "Depot"},
        {"id": polygon, "label": "Yard"},
        {"id": sausage, "label": "Road"},
    ]
    assert [one["id"] for one in api("zone/search_location", location={"lat": 47.5, "lng": 19.08})["list"]] == [sausage]
    assert [one["id"] for one in api("zone/search_location", location={"lat": 47.51, "lng": 19})["list"]] == [polygon]
    assert api("zone/search_location", location={"lat": 47.6, "lng": 19})["list"] == []


@pytest.mark.alerts(7)
def test_a_changed_zone_is_found_where_it_is_now(api: Api) -> None:
    zone_id = make(api)
    old, new = CIRCLE["center"], {"lat": 10, "lng": 10}
    assert api("zone/search_location", location=old)["list"]
    api("zone/update", zone={"id": zone_id, "type": "circle", "center": new})
    assert not api("zone/search_location", location=old)["list"]
    assert api("zone/search_location", location=new)["list"]
    api("zone/delete", zone_id=zone_id)
    assert not api("zone/search_location", location=new)["list"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"radius": 0}, "zone.radius"),
    ({"radius": -5}, "zone.radius"),
    ({"radius": 300_001}, "zone.radius"),
    ({"radius": "NaN"}, "zone.radius"),
    ({"radius": True}, "zone.radius"),
    ({"radius": None}, "zone.radius"),
    ({"center": None}, "zone.center"),
    ({"center": {"lat": 91, "lng": 0}}, "zone.center.lat"),
    ({"center": {"lat": 0, "lng": -180.5}}, "zone.center.lng"),
    ({"center": {"lat": 0}}, "zone.center.lng"),
    ({"center": [47, 19]}, "zone.center"),
    ({"type": "isochrone"}, "zone.type"),
    ({"type": None}, "zone.type"),
    ({"type": 3}, "zone.type"),
    ({"label": ""}, "zone.label"),
    ({"label": "\x00\x07"}, "zone.label"),
    ({"label": "Depot\u202e"}, "zone.label"),
    ({"label": "x" * 256}, "zone.label"),
    ({"address": "a\nb"}, "zone.address"),
    ({"color": "#27A9E3"}, "zone.color"),
    ({"tags": [1.5]}, "zone.tags"),
    ({"tags": list(range(101))}, "zone.tags"),
    ({"points": {"lat": 1}}, "zone.points"),
]


@pytest.mark.alerts(8)
@pytest.mark.parametrize(("values", "parameter"), WRONG)
def test_a_value_that_cannot_be_is_named(api: Api, values: dict[str, Any], parameter: str) -> None:
    assert parameters_at_fault(api("zone/create", zone={**CIRCLE, **values})) == [parameter]
    assert not Zone.objects.exists()


@pytest.mark.alerts(8)
@pytest.mark.parametrize(
    ("point", "parameter"),
    [
        ({"lat": 91, "lng": 0}, "points[3].lat"),
        ({"lat": 47}, "points[3].lng"),
        ({"lat": "NaN", "lng": 0}, "points[3].lat"),
        ({"lat": 1, "lng": 1, "node": "perhaps"}, "points[3].node"),
        (None, "points[3]"),
        ("47,19", "points[3]"),
    ],
)
def test_a_point_that_cannot_be_is_named(api: Api, point: Any, parameter: str) -> None:
    points = [*SQUARE[:3], point]
    assert parameters_at_fault(api("zone/create", zone=POLYGON, points=points)) == [parameter]
    assert parameters_at_fault(api("zone/create", zone={**POLYGON, "points": points})) == [f"zone.{parameter}"]
    assert not Zone.objects.exists()


@pytest.mark.alerts(8)
def test_a_zone_is_an_object(api: Api) -> None:
    for zone in ("circle", [], 3, None, "{"):
        assert parameters_at_fault(api("zone/create", zone=zone)) == ["zone"]


@pytest.mark.alerts(9)
def test_a_zone_across_the_meridian_holds_what_is_in_it(api: Api) -> None:
    across = [{"lat": lat, "lng": lng} for lat, lng in [(-1, 179), (-1, -179), (1, -179), (1, 179)]]
    ids = [
        make(api, POLYGON, across),
        make(api, SAUSAGE, [{"lat": 0, "lng": 179.5}, {"lat": 0, "lng": -179.5}]),
        make(api, CIRCLE, center={"lat": 0, "lng": 179.9999}, radius=1000),
    ]
    for longitude in (179.9999, 180, -180, -179.9999):
        found = api("zone/search_location", location={"lat": 0, "lng": longitude})["list"]
        assert [zone["id"] for zone in found] == ids
    assert api("zone/search_location", location={"lat": 0, "lng": 0})["list"] == []
    bounds = api("zone/read", zone_id=ids[0])["value"]["bounds"]
    assert bounds == {"nw": {"lat": 1, "lng": 179}, "se": {"lat": -1, "lng": -179}}


@pytest.mark.parametrize("latitude", [90, -90])
def test_a_circle_may_lie_at_a_pole(api: Api, latitude: float) -> None:
    zone_id = make(api, center={"lat": latitude, "lng": 20}, radius=50_000)
    near = {"lat": latitude * 0.999, "lng": -100}
    assert [zone["id"] for zone in api("zone/search_location", location=near)["list"]] == [zone_id]
    bounds = api("zone/read", zone_id=zone_id)["value"]["bounds"]
    assert (bounds["nw"]["lng"], bounds["se"]["lng"]) == (-180, 180)


def test_what_a_crossed_border_surrounds_once_is_inside(api: Api) -> None:
    bow_tie = [{"lat": lat, "lng": lng} for lat, lng in [(0, 0), (1, 1), (0, 1), (1, 0)]]
    make(api, POLYGON, bow_tie)
    assert api("zone/search_location", location={"lat": 0.5, "lng": 0.9})["list"]
    assert not api("zone/search_location", location={"lat": 0.9, "lng": 0.5})["list"]


@pytest.mark.alerts(10)
@pytest.mark.parametrize("by", ["query", "form", "json"])
def test_a_zone_may_come_as_json_text(api: Api, client: Client, by: str) -> None:
    sent = {"hash": api.hash, "zone": json.dumps(POLYGON), "points": json.dumps(SQUARE)}
    if by == "json":
        answer = client.post("/zone/create", sent, content_type="application/json")
    else:
        answer = client.get("/zone/create/", sent) if by == "query" else client.post("/v2/zone/create", sent)
    assert answer.json()["success"]
    assert len(api("zone/point/list", zone_id=answer.json()["id"])["list"]) == 4


@pytest.mark.alerts(50)
def test_only_who_has_the_right_writes(api: Api, bob: User, log_in: LogIn) -> None:
    zone_id = make(api)
    bind_zones(bob, [zone_id], is_to_all=None)
    bobs = log_in(bob)
    assert bobs.code("zone/create", zone=CIRCLE) == 13
    assert bobs.code("zone/update", zone={"id": zone_id, "type": "circle"}) == 13
    assert bobs.code("zone/point/update", zone_id=zone_id, points=SQUARE) == 13
    assert bobs.code("zone/delete", zone_id=zone_id) == 13
    assert bobs.code("zone/upload") == 13
    assert bobs("zone/read", zone_id=zone_id)["success"]


@pytest.mark.alerts(50)
def test_a_sub_user_sees_bound_zones_alone(api: Api, bob: User, log_in: LogIn) -> None:
    bound, other = make(api), make(api)
    bobs = log_in(bob)
    assert bobs("zone/list")["count"] == 0
    bind_zones(bob, [bound], is_to_all=None)
    assert [zone["id"] for zone in bobs("zone/list")["list"]] == [bound]
    assert [zone["id"] for zone in bobs("zone/search_location", location=CIRCLE["center"])["list"]] == [bound]
    assert bobs.code("zone/read", zone_id=other) == 201


def test_a_zone_of_a_sub_user_is_the_masters_and_bound_to_it(api: Api, bob: User, log_in: LogIn) -> None:
    give_rights(bob, Right.ZONE_UPDATE)
    bobs = log_in(bob)
    other, own = make(api), make(bobs)
    assert [zone["id"] for zone in bobs("zone/list")["list"]] == [own]
    assert [zone["id"] for zone in api("zone/list")["list"]] == [other, own]
    assert bobs.code("zone/delete", zone_ids=[own, other]) == 201
    assert bobs("zone/delete", zone_ids=[own])["success"]


def test_more_zones_than_the_quota_are_refused(api: Api, settings: Any) -> None:
    settings.MAX_ZONES_PER_ACCOUNT = 1
    make(api)
    assert api.code("zone/create", zone=CIRCLE) == 268
    assert api.status == 402


def test_more_points_than_the_quota_are_refused(api: Api, settings: Any) -> None:
    settings.MAX_ZONE_POINTS_PER_ACCOUNT = 10
    zone_id = make(api, POLYGON, ring(8))
    assert api.code("zone/create", zone=POLYGON, points=ring(3)) == 268
    assert api.code("zone/point/update", zone_id=zone_id, points=ring(11)) == 268
    assert api("zone/point/update", zone_id=zone_id, points=ring(10))["success"]


@pytest.mark.parametrize("route", ["zone/batch_convert", "zone/import/upload", "zone/nothing"])
def test_what_is_not_there_is_112(client: Client, db: None, route: str) -> None:
    assert client.get(f"/{route}").json()["status"]["code"] == 112


def test_an_account_goes_with_its_zones(api: Api, alice: User, bob: User) -> None:
    zone_id = make(api)
    rule_on(alice, zone_id)
    bind_zones(bob, [zone_id], is_to_all=True)
    remove_user(alice)
    assert not Zone.objects.exists()
