"""The calls about vehicles and garages (records §3)."""

from __future__ import annotations

from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.selectors import Principal
from accounts.wire.description import Example
from accounts.wire.rights import Right
from accounts.wire.schema import list_of, said
from accounts.wire.terms import ID, INTEGER
from records.calls.listing import Order, Part, cut, listed, sort_by
from records.calls.lookup import check_named, find, named, one_or_several
from records.models import Garage, Vehicle
from records.rendering.documents import Known, columns_of, known, sent
from records.rendering.vehicles import (
    GARAGE,
    VEHICLE,
    GarageDocument,
    VehicleDocument,
    check_subtype,
    render_garage,
    render_vehicle,
)
from records.services import keeping, vehicles
from records.services.selectors import visible

SORTED = (
    *("id", "label", "reg_number", "model", "type", "garage_organization_name", "vin", "tracker_label", "fuel_type"),
    *("fuel_grade", "norm_avg_fuel_consumption", "fuel_tank_volume", "payload_weight", "chassis_number", "subtype"),
    *("wheel_arrangement", "tyres_number", "tyre_size", "tyres_size", "max_speed", "passengers"),
)
SEARCHED = ("vin", "reg_number", "label")
WRITES = Right.VEHICLE_UPDATE
NewVehicle = Annotated[VehicleDocument, sent(VehicleDocument)]
KnownVehicle = Annotated[Known[VehicleDocument], known(VehicleDocument)]
NewGarage = Annotated[GarageDocument, sent(GarageDocument)]
AVehicle = Annotated[Vehicle, named("vehicle_id", Vehicle)]
AGarage = Annotated[Garage, named("garage_id", Garage)]
KnownGarage = Annotated[Known[GarageDocument], known(GarageDocument)]
Reassigned = Annotated[bool, "false: a tracker that another vehicle has is refused with 247"]


@call("vehicle/list", gives={"list": list_of(VEHICLE), "count": said(INTEGER, "with those of other parts")})
def list_vehicles(call: UserCall, part: Part, sort: Annotated[tuple[Order, ...], sort_by(*SORTED)] = ()) -> Fields:
    """The account's vehicles."""
    rows = visible(Vehicle, call.caller).select_related("tracker", "garage").prefetch_related("tags")
    rows, part, total = cut(rows, part, sort)
    shown, found = listed(map(render_vehicle, rows), part, sort, SEARCHED, lambda one: {"tyres_size": one["tyre_size"]})
    return {"list": shown, "count": found if total is None else total}


@call("vehicle/read", gives={"value": VEHICLE})
def read_vehicle(call: UserCall, vehicle: AVehicle) -> Fields:
    """One vehicle."""
    return {"value": render_vehicle(vehicle)}


@call(
    "vehicle/create",
    right=WRITES,
    gives={"id": ID},
    codes=(201, 208, 217, 247, 268),
    example=Example({"vehicle": {"label": "Van", "reg_number": "B-FS 100", "tracker_id": 1}}, {"id": 3}),
)
def create_vehicle(call: UserCall, vehicle: NewVehicle, force_reassign: Reassigned = True) -> Fields:
    """A new vehicle."""
    row = Vehicle(account_id=call.caller.account_id)
    return {"id": _save(call.caller, row, vehicle, force_reassign=force_reassign).pk}


@call("vehicle/update", right=WRITES, codes=(201, 208, 217, 247, 261))
def update_vehicle(call: UserCall, vehicle: KnownVehicle, force_reassign: Reassigned = True) -> None:
    """Puts what is sent in the place of all that was known of a vehicle."""
    row = find(Vehicle, call.caller, vehicle.id)
    _save(call.caller, row, vehicle.document, force_reassign=force_reassign)


def _save(caller: Principal, row: Vehicle, vehicle: VehicleDocument, *, force_reassign: bool) -> Vehicle:
    check_subtype(vehicle)
    columns = columns_of(vehicle)
    check_named(caller, columns, garage_id=Garage)
    return vehicles.save_vehicle(row, columns, vehicle.tags, takes_tracker=force_reassign)


@call("vehicle/delete", right=WRITES, codes=(201,))
def delete_vehicles(
    call: UserCall,
    vehicle_id: int | None = None,
    vehicle_ids: Annotated[tuple[int, ...] | None, list_of(ID), "those that are not there are passed over"] = None,
) -> None:
    """Removes a vehicle, or several, with their service tasks."""
    for row in one_or_several(call.caller, Vehicle, vehicle_id=vehicle_id, vehicle_ids=vehicle_ids):
        keeping.remove(row)


@call("garage/list", gives={"list": list_of(GARAGE)})
def list_garages(call: UserCall) -> Fields:
    """The account's garages, which are also called depots."""
    return {"list": list(map(render_garage, visible(Garage, call.caller)))}


@call("garage/create", right=WRITES, gives={"id": ID}, codes=(268,))
def create_garage(call: UserCall, garage: NewGarage) -> Fields:
    """A new garage, without vehicles."""
    return {"id": keeping.add(Garage(account_id=call.caller.account_id), columns_of(garage)).pk}


@call("garage/update", right=WRITES, codes=(201,))
def update_garage(call: UserCall, garage: KnownGarage) -> None:
    """Puts what is sent in the place of all that was known of a garage."""
    keeping.change(find(Garage, call.caller, garage.id), columns_of(garage.document))


@call("garage/delete", right=WRITES)
def delete_garage(call: UserCall, garage: AGarage) -> None:
    """Removes a garage; its vehicles are in none then."""
    keeping.remove(garage)
