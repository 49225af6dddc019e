"""The calls by which zones come and go as files (alerts §1.2)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.answers import LongAnswer, file_answer
from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, nullable, record, said
from accounts.wire.terms import ID, between, one_of
from alerts.calls.zones import MAX_LISTED
from alerts.geometry.drawings import MAX_RADIUS_M
from alerts.geometry.foreign import DEFAULT_RADIUS_M, MIN_DEFAULT_RADIUS_M
from alerts.geometry.kml import KML_TYPE, KMZ_TYPE, read_kml, write_kml, write_kmz
from alerts.rendering.zones import ZONE, render_zone
from alerts.services.zones import create_zones, visible_zones
from alerts.storage.zones import drawing_of

IMPORTED = record("ImportedZone", **{**ZONE["properties"], "id": said(nullable(ID), "null in a dry run")})
IMPORTED["required"] = ZONE["required"]


@call(
    "zone/upload",
    right=Right.ZONE_UPDATE,
    takes_file="KML or KMZ",
    gives={"list": list_of(IMPORTED)},
    codes=(201, 202, 233, 234, 268, 284),
)
def upload_zones(
    call: UserCall,
    default_radius: Annotated[
        int, between(MIN_DEFAULT_RADIUS_M, MAX_RADIUS_M), "metres, where the file says none"
    ] = DEFAULT_RADIUS_M,
    dry_run: Annotated[bool, "only tells what the file has"] = True,
) -> Fields:
    """Makes zones of all that a file has, or of nothing: circles of points, sausages of lines, polygons of outer
    borders."""
    if not call.files.get("file"):
        raise ApiError(ErrorCode.NO_FILE)
    drawings = read_kml(call.files["file"], default_radius_m=default_radius)
    ids: list[int | None] = [None] * len(drawings)
    if not dry_run:
        ids = list(create_zones(call.caller.account_id, drawings, maker_id=call.caller.user_id))
    zones = [render_zone(zone_id, one, with_points=True) for zone_id, one in zip(ids, drawings, strict=True)]
    return {"list": zones}


@call("zone/download", media_types=(KML_TYPE, KMZ_TYPE), codes=(201,))
def download_zones(
    call: UserCall,
    format: Annotated[str, one_of("kml", "kmz")] = "kml",
    zone_ids: Annotated[tuple[int, ...] | None, list_of(ID, least=1, most=MAX_LISTED), "without: all"] = None,
) -> LongAnswer:
    """The zones that the caller sees as a file of Google Earth."""
    zones = visible_zones(call.caller).order_by("pk")
    if zone_ids is not None:
        zones = zones.filter(pk__in=zone_ids)
        if zones.count() < len(set(zone_ids)):
            raise ApiError(ErrorCode.NOT_FOUND)
    drawings = [drawing_of(zone) for zone in zones]
    write, media_type = (write_kmz, KMZ_TYPE) if format == "kmz" else (write_kml, KML_TYPE)
    return file_answer(iter([write(drawings)]), media_type, f"zones.{format}", account_id=call.caller.account_id)
