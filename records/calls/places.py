"""The calls about places (records §5)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.description import Example
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, object_of, said
from accounts.wire.terms import ID, INTEGER, text
from records.calls.listing import Conditions, Order, Part, by_name, listed
from records.calls.lookup import find, named
from records.models import Place
from records.rendering.documents import SPOT, Known, Spot, columns_of, known, sent
from records.rendering.places import PLACE, PlaceDocument, render_place
from records.services import keeping
from records.services.selectors import places_around, visible

WRITES = Right.PLACE_UPDATE
SORTED = ("id", "label", "description", "address", "external_id")
SEARCHED = SORTED[1:]
NewPlace = Annotated[PlaceDocument, sent(PlaceDocument)]
KnownPlace = Annotated[Known[PlaceDocument], known(PlaceDocument)]
APlace = Annotated[Place, named("place_id", Place)]
EXAMPLE = {"label": "Depot", "location": {"lat": 47.5, "lng": 19.04, "address": "Fő utca 1", "radius": 100}}


@call("place/list", gives={"list": list_of(PLACE), "count": said(INTEGER, "with those of other parts")})
def list_places(
    call: UserCall,
    part: Part,
    place_ids: Annotated[tuple[int, ...], list_of(ID)] = (),
    conditions: Conditions = (),
    order_by: Annotated[Order | None, by_name(*SORTED)] = None,
    ascending: bool = True,
    tag_ids: Annotated[tuple[int, ...], list_of(ID, most=50), "only places with all of these"] = (),
) -> Fields:
    """The account's places."""
    rows = visible(Place, call.caller).prefetch_related("tags")
    rows = rows.filter(pk__in=place_ids) if place_ids else rows
    for tag_id in tag_ids:
        rows = rows.filter(tags=tag_id)
    order = [Order(order_by.name, not ascending)] if order_by else []
    words = {row.pk: {"address": row.address} for row in rows}
    shown, count = listed(map(render_place, rows), part, order, SEARCHED, lambda one: words[one["id"]])
    return {"list": shown, "count": count}


@call("place/read", gives={"value": PLACE})
def read_place(call: UserCall, place: APlace) -> Fields:
    """One place."""
    return {"value": render_place(place)}


@call(
    "place/create",
    right=WRITES,
    gives={"id": ID},
    codes=(217, 268),
    example=Example({"place": EXAMPLE}, {"id": 5}),
)
def create_place(call: UserCall, place: NewPlace) -> Fields:
    """A new place."""
    row = Place(account_id=call.caller.account_id)
    return {"id": keeping.add(row, columns_of(place), place.tags).pk}


@call("place/update", right=WRITES, codes=(201, 217))
def update_place(call: UserCall, place: KnownPlace) -> None:
    """Puts what is sent in the place of all that was known of a place."""
    sent = place.document
    keeping.change(find(Place, call.caller, place.id), columns_of(sent), sent.tags)


@call("place/delete", right=WRITES)
def delete_place(call: UserCall, place: APlace) -> None:
    """Removes a place."""
    keeping.remove(place)


@call("place/search_location", gives={"list": list_of(object_of({"id": ID, "label": text()}))})
def search_places(call: UserCall, location: Annotated[Spot, SPOT]) -> Fields:
    """The places that a position lies in."""
    found = places_around(call.caller, location.lat, location.lng)
    return {"list": [{"id": place.pk, "label": place.label} for place in found]}
