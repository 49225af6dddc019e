"""How the kinds of vehicles drive, what their days look like, and what trackers they carry. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# The least and the most of something that is drawn evenly.
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of vehicle. Accelerations are those of calm driving, in m/s²."""

    acceleration: float
    braking: float
    cornering: float
    """Sideways, which bounds the speed in a bend."""
    top_speed_mps: float
    trip_m: Span
    """Straight distance to the next customer."""
    visit_s: Span
    rest_s: Span
    rest_chance: float
    """How likely a trip ends in a long rest at home and not at a customer's."""
    has_depot: bool
    """Home is one of a few depots, not an address of its own."""
    drain_percent_per_hour: float
    charge_percent_per_hour: float


PROFILES = {
    "Van": Profile(
        acceleration=1.5,
        braking=1.9,
        cornering=1.8,
        top_speed_mps=25,
        trip_m=(1000, 4000),
        visit_s=(45, 240),
        rest_s=(600, 1500),
        rest_chance=0.1,
        has_depot=True,
        drain_percent_per_hour=4,
        charge_percent_per_hour=25,
    ),
    "Truck": Profile(
        acceleration=0.8,
        braking=1.3,
        cornering=1.2,
        top_speed_mps=20,
        trip_m=(2500, 7000),
        visit_s=(120, 600),
        rest_s=(900, 2400),
        rest_chance=0.15,
        has_depot=True,
        drain_percent_per_hour=3,
        charge_percent_per_hour=30,
    ),
    "Car": Profile(
        acceleration=2.0,
        braking=2.2,
        cornering=2.2,
        top_speed_mps=30,
        trip_m=(1500, 6000),
        visit_s=(60, 420),
        rest_s=(600, 2400),
        rest_chance=0.2,
        has_depot=False,
        drain_percent_per_hour=9,
        charge_percent_per_hour=20,
    ),
    # Its tracker is a telephone on the handlebar: the charger hardly keeps up with the screen.
    "Scooter": Profile(
        acceleration=1.8,
        braking=2.3,
        cornering=2.4,
        top_speed_mps=12.5,
        trip_m=(800, 3000),
        visit_s=(60, 200),
        rest_s=(600, 1800),
        rest_chance=0.12,
        has_depot=False,
        drain_percent_per_hour=14,
        charge_percent_per_hour=7,
    ),
}
