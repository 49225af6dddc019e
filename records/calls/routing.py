"""The call about ways by road (records §12)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.description import Example
from accounts.wire.schema import list_of, object_of, said
from accounts.wire.terms import INTEGER, between, one_of
from records.rendering.documents import SPOT, Spot
from records.rendering.routing import render_way
from records.services.routing import way_between

MAX_WAYPOINTS = 98
DEGREES = {"lat": between(-90.0, 90.0), "lng": between(-180.0, 180.0)}
PROVIDER = said(one_of("osrm", "google", "progorod"), "without effect: the operator's router is asked")


@call(
    "route/get",
    gives={
        "distance": said(INTEGER, "metres"),
        "time": said(INTEGER, "seconds"),
        "list": said(list_of(object_of(DEGREES)), "the line"),
        "key_points": said(
            list_of(object_of({"id": INTEGER, **DEGREES, "distance": INTEGER, "time": INTEGER})),
            "the ends and waypoints, by their place in it, and how far they are from the start",
        ),
    },
    codes=(215,),
    example=Example(
        {"start": {"lat": 52.517, "lng": 13.389}, "end": {"lat": 52.529, "lng": 13.397}},
        {
            "distance": 1885,
            "time": 260,
            "list": [{"lat": 52.517, "lng": 13.389}, {"lat": 52.529, "lng": 13.397}],
            "key_points": [
                {"id": 0, "lat": 52.517, "lng": 13.389, "distance": 0, "time": 0},
                {"id": 1, "lat": 52.529, "lng": 13.397, "distance": 1885, "time": 260},
            ],
        },
    ),
)
def get_route(
    call: UserCall,
    start: Annotated[Spot, SPOT],
    end: Annotated[Spot, SPOT],
    waypoints: Annotated[tuple[Spot, ...], list_of(SPOT, most=MAX_WAYPOINTS)] = (),
    point_limit: Annotated[
        int | None, between(2, 100_000), "so many points at most, and those of the waypoints"
    ] = None,
    provider_type: Annotated[str, PROVIDER] = "osrm",
) -> Fields:
    """The way by road from a place to another, by others in their order."""
    return render_way(way_between([start, *waypoints, end]), point_limit)
