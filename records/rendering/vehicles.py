"""Vehicles and garages as clients write and read them (records §3). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from accounts.wire.errors import invalid_parameter
from accounts.wire.schema import optional, said
from accounts.wire.terms import between, line, one_of, printable, text
from records.rendering.documents import AREA, ICON, Area, Day, Tags, described, render

SUBTYPES = {
    "car": "sedan universal hatchback liftback limousine pickup minivan coupe coupe4d muscle convertible phaeton lando"
    " crossover roadster suv",
    "truck": "tipper board covered awning mixer tanker refrigerator transporter container tractor",
    "bus": "city shuttle platform school intercity sightseeing",
    "special": "mobile_crane racing buggy ambulance firefighter hearse shop harvester snowplow tractor grader excavator"
    " bulldozer armored amphibian boat",
}
_ALL_SUBTYPES = dict.fromkeys(name for names in SUBTYPES.values() for name in names.split())
Whole = Annotated[int | None, between(0, 1_000_000)]
Number = Annotated[float | None, between(0.0, 1_000_000.0)]
Number64 = Annotated[str, line(64)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GarageDocument:
    location: Annotated[Area | None, AREA] = None
    mechanic_name: Annotated[str | None, line(255)] = None
    dispatcher_name: Annotated[str | None, line(255)] = None
    organization_name: Annotated[str | None, line(255)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleDocument:
    tracker_id: int | None = None
    label: Annotated[str, printable(255)]
    max_speed: Annotated[Whole, "km/h"] = None
    model: Annotated[str, line(255)] = ""
    type: Annotated[str, one_of(*SUBTYPES)] = "car"
    subtype: Annotated[str | None, one_of(*_ALL_SUBTYPES), "one of the type's"] = None
    garage_id: int | None = None
    trailer: Annotated[str | None, line(255)] = None
    manufacture_year: Annotated[int | None, between(1800, 2200)] = None
    color: Annotated[str | None, line(64)] = None
    additional_info: Annotated[str | None, line(1024)] = None
    reg_number: Annotated[str, line(32), "the plate"] = ""
    vin: Annotated[str, line(32)] = ""
    chassis_number: Number64 = ""
    frame_number: Number64 = ""
    payload_weight: Annotated[Whole, "kilograms"] = None
    payload_height: Annotated[Number, "millimetres"] = None
    payload_length: Annotated[Number, "millimetres"] = None
    payload_width: Annotated[Number, "millimetres"] = None
    passengers: Whole = None
    gross_weight: Annotated[Whole, "kilograms"] = None
    fuel_type: Annotated[str | None, one_of("petrol", "diesel", "gas")] = None
    fuel_grade: Number64 = ""
    norm_avg_fuel_consumption: Annotated[Number, "litres for 100 km"] = None
    fuel_tank_volume: Annotated[Whole, "litres"] = None
    fuel_cost: Annotated[Number, "of a litre"] = None
    wheel_arrangement: Annotated[str, line(32)] = ""
    tyre_size: Number64 = ""
    tyres_number: Whole = None
    liability_insurance_policy_number: Number64 = ""
    liability_insurance_valid_till: Day = None
    free_insurance_policy_number: Number64 = ""
    free_insurance_valid_till: Day = None
    tags: Tags = ()


GARAGE = described("Garage", GarageDocument)
VEHICLE = described(
    "Vehicle",
    VehicleDocument,
    **ICON,
    tracker_label=optional(said(text(), "of a vehicle with a tracker")),
    garage_organization_name=optional(said(text(), "of a vehicle in a garage")),
)


def check_subtype(vehicle: VehicleDocument, name: str = "vehicle.subtype") -> None:
    """Raises ApiError INVALID_PARAMETERS for a subtype of another type."""
    if vehicle.subtype is not None and vehicle.subtype not in SUBTYPES[vehicle.type].split():
        raise invalid_parameter(name, f"must be one of: {SUBTYPES[vehicle.type]}")


def render_garage(row: Any) -> dict[str, Any]:
    return render(row, GarageDocument)


def render_vehicle(row: Any) -> dict[str, Any]:
    shown = render(row, VehicleDocument, icon_id=None, avatar_file_name=None)
    if row.tracker is not None:
        shown["tracker_label"] = row.tracker.label
    if row.garage is not None:
        shown["garage_organization_name"] = row.garage.organization_name
    return shown
