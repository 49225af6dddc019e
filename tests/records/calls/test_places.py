"""`place/*` and `tag/*` (records §5, §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from records.models import Place
from tests.api import Api
from trackers.models import Tracker
from trackers.services.access import move_tracker

NOWHERE = 2**31 - 1
SHOP = {
    "label": "Crown Building",
    "location": {"lat": 52.366, "lng": 4.895, "address": "Dam 1", "radius": 500},
    "description": "Here we buy",
    "external_id": "1",
    "tags": [],
}


@pytest.fixture
def shop(api: Api) -> int:
    found: int = api("place/create", place={**SHOP, "fields": {}})["id"]
    return found


@pytest.mark.records(25)
def test_a_place_is_read_as_it_was_sent(api: Api, shop: int) -> None:
    read = api("place/read", place_id=shop)["value"]
    assert read == {**SHOP, "id": shop, "icon_id": None, "avatar_file_name": None, "fields": {}}
    answer = api("place/list")
    assert (answer["list"], answer["count"]) == ([read], 1)
    api("place/update", place={"id": shop, "label": "Palace", "location": {"lat": 1, "lng": 2}})
    changed = api("place/read", place_id=shop)["value"]
    assert (changed["label"], changed["location"]) == ("Palace", {"lat": 1, "lng": 2, "address": "", "radius": 100})
    api("place/delete", place_id=shop)
    assert api.code("place/read", place_id=shop) == 201


@pytest.mark.records(25)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("label", value) for value in (None, "", "x" * 256)],
        *[("location", value) for value in (None, {"lat": 1}, {"lat": 1, "lng": 1, "radius": 300_001})],
        ("external_id", "x" * 33),
    ],
)
def test_a_place_that_cannot_be_is_refused(api: Api, field: str, value: Any) -> None:
    assert api.code("place/create", place={**SHOP, field: value}) == 7


@pytest.mark.records(26)
def test_a_position_finds_the_places_around_it(api: Api, shop: int, charlie: User) -> None:
    Place.objects.create(account=charlie, label="Hers", latitude=52.366, longitude=4.895, radius_m=500)
    near = api("place/search_location", location={"lat": 52.37, "lng": 4.895})["list"]
    assert near == [{"id": shop, "label": "Crown Building"}]
    assert api("place/search_location", location={"lat": 52.371, "lng": 4.895})["list"] == []


@pytest.mark.records(8, 26)
def test_places_are_ordered_and_chosen(api: Api, shop: int) -> None:
    tag = api("tag/create", tag={"name": "north"})["id"]
    other = api("place/create", place={**SHOP, "label": "Arc", "external_id": None, "tags": [tag]})["id"]

    def ids(**parameters: Any) -> list[int]:
        return [one["id"] for one in api("place/list", **parameters)["list"]]

    assert (ids(order_by="label"), ids(order_by="label", ascending=False)) == ([other, shop], [shop, other])
    assert (ids(place_ids=[shop]), ids(tag_ids=[tag]), ids(filter="CROWN")) == ([shop], [other], [shop])
    assert api.code("place/list", order_by="age") == 7


@pytest.mark.records(5)
@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("place/create", {"place": SHOP}),
        ("tag/create", {"tag": {"name": "north"}}),
        ("tracker/tags/set", {"tracker_id": 1, "tag_bindings": []}),
    ],
)
def test_writing_needs_the_right(bobs: Api, call: str, parameters: dict[str, Any]) -> None:
    assert bobs.code(call, **parameters) == 13


@pytest.mark.records(27)
def test_tags_come_and_go(api: Api) -> None:
    tag = api("tag/create", tag={"name": "hop", "color": "FF0000"})["id"]
    listed = {"id": tag, "name": "hop", "color": "FF0000", "avatar_file_name": None}
    assert api("tag/list")["list"] == [listed]
    assert (api("tag/list", filter="HO")["list"], api("tag/list", filter="up")["list"]) == ([listed], [])
    api("tag/update", tag={"id": tag, "name": "skip", "color": "00FF00"})
    assert api("tag/list")["list"][0]["name"] == "skip"
    api("tag/delete", tag_ids=[tag, NOWHERE])
    assert api("tag/list")["list"] == []
    assert api.code("tag/delete", tag_id=tag) == 201


@pytest.mark.records(28)
def test_what_has_all_tags_is_found(api: Api, van: Tracker) -> None:
    north, fast = (api("tag/create", tag={"name": name})["id"] for name in ("north", "fast"))
    both, one = [north, fast], [north]
    api("place/create", place={**SHOP, "tags": both})
    api("employee/create", employee={"first_name": "Ada", "tags": both})
    api("vehicle/create", vehicle={"label": "Van", "tags": one})
    bindings = [{"tag_id": tag, "ordinal": number} for number, tag in enumerate(both, 1)]
    api("tracker/tags/set", tracker_id=van.pk, tag_bindings=bindings)
    found = api("tag/search", tag_ids=both)["result"]
    counts = {name: len(items) for name, items in found.items()}
    lists = [api(path)["list"][0] for path in ("tracker/list", "tracker/list_compact")]
    listed = (*lists, api("tracker/read", tracker_id=van.pk)["value"], found["tracker"][0])
    assert [one["tag_bindings"] for one in listed] == [bindings] * 4
    assert counts == {"place": 1, "task": 0, "employee": 1, "vehicle": 0, "tracker": 1, "zone": 0, "task_schedule": 0}
    assert list(api("tag/search", tag_ids=one, entity_types=["vehicle"])["result"]) == ["vehicle"]
    api("tag/delete", tag_id=fast)
    assert api("employee/list")["list"][0]["tags"] == one


@pytest.mark.records(28)
@pytest.mark.parametrize("ordinals", [(1, 1), (0, 1), (1, 6)])
def test_tags_of_a_tracker_have_a_place_each(api: Api, van: Tracker, ordinals: tuple[int, int]) -> None:
    tags = [api("tag/create", tag={"name": name})["id"] for name in ("north", "fast")]
    bindings = [{"tag_id": tag, "ordinal": number} for tag, number in zip(tags, ordinals, strict=True)]
    assert api.code("tracker/tags/set", tracker_id=van.pk, tag_bindings=bindings) == 7
    assert api.code("tracker/tags/set", tracker_id=van.pk, tag_bindings=[{"tag_id": NOWHERE, "ordinal": 1}]) == 217


@pytest.mark.records(13, 28)
def test_a_tracker_that_moves_leaves_its_tags(api: Api, charlie: User, van: Tracker) -> None:
    tag = api("tag/create", tag={"name": "north"})["id"]
    api("tracker/tags/set", tracker_id=van.pk, tag_bindings=[{"tag_id": tag, "ordinal": 1}])
    move_tracker(van, charlie)
    assert api("tag/search", tag_ids=[tag])["result"]["tracker"] == []


@pytest.mark.records(34)
def test_there_are_no_tariffs(api: Api, van: Tracker, register: Callable[..., Tracker]) -> None:
    assert api("tariff/list")["list"] == []
    assert api("tariff/tracker/list", tracker_id=van.pk)["list"] == []
    assert api.code("tariff/tracker/list", tracker_id=NOWHERE) == 201
