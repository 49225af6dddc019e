"""The calls by which a master says which zones a sub-user may see (alerts §1.4). All need the right `admin`."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import invalid_parameter
from accounts.wire.rights import Right
from accounts.wire.schema import list_of
from accounts.wire.terms import FLAG, ID, one_of
from alerts.calls.zones import COUNT, MAX_LISTED, ZoneFilter, render_zones
from alerts.rendering.zones import ZONE
from alerts.services import zone_access as services
from trackers.calls.sub_users import SubUser

ZoneIds = Annotated[tuple[int, ...], list_of(ID, least=1, most=MAX_LISTED), "ids of `zone/list`"]


@call("subuser/zones/bind", right=Right.ADMIN)
def bind(
    call: UserCall,
    sub_user: SubUser,
    access_to_all: Annotated[bool | None, "all zones, also those that are still to be made"] = None,
    zone_ids: Annotated[tuple[int, ...] | None, list_of(ID, most=MAX_LISTED), "ids of `zone/list`"] = None,
) -> None:
    """Lets a sub-user see zones; one of both parameters is needed."""
    if access_to_all is None and zone_ids is None:
        raise invalid_parameter("zone_ids", "must not be null without access_to_all")
    services.bind_zones(sub_user, zone_ids or (), is_to_all=access_to_all)


@call("subuser/zones/unbind", right=Right.ADMIN)
def unbind(call: UserCall, sub_user: SubUser, zone_ids: ZoneIds) -> None:
    """Hides zones from a sub-user, unless it sees all."""
    services.unbind_zones(sub_user, zone_ids)


@call("subuser/zones/list_ids", right=Right.ADMIN, gives={"access_to_all": FLAG, "list": list_of(ID)})
def list_bound_ids(call: UserCall, sub_user: SubUser) -> Fields:
    """The zones that are bound to a sub-user, by id, and whether it sees all."""
    seen = services.zones_seen_by(sub_user)
    return {"access_to_all": seen.is_to_all, "list": list(seen.bound.order_by("pk").values_list("pk", flat=True))}


@call(
    "subuser/zones/list",
    right=Right.ADMIN,
    gives={"access_to_all": FLAG, "list": list_of(ZONE, most=MAX_LISTED), "count": COUNT},
)
def list_bound(
    call: UserCall,
    sub_user: SubUser,
    wanted: ZoneFilter,
    order: Annotated[str, one_of("id", "label")] = "id",
) -> Fields:
    """The zones that are bound to a sub-user, and whether it sees all."""
    seen = services.zones_seen_by(sub_user)
    chosen = wanted.chosen(seen.bound.order_by("label" if order == "label" else "pk", "pk"))
    return {
        "access_to_all": seen.is_to_all,
        "list": render_zones(wanted.part_of(chosen)),
        "count": len(chosen),
    }
