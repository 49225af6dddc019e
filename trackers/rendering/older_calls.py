"""To which of the older calls a reading belongs (api §3.2): fuel, diagnostics, or all the rest. Pure."""

from __future__ import annotations

from trackers.engine.labelled_readings import InputReading

FUEL = "fuel"
_OF_THE_VEHICLE = ("can_", "obd_", "raw_can_", "uds_")
_FIELDS_OF_THE_VEHICLE = (*_OF_THE_VEHICLE, "tacho_")
_OTHER_FIELDS = {"hardware_key", "external_power_state", "driver_ident_state"}


def is_of_fuel(reading: InputReading) -> bool:
    """Whether `tracker/get_fuel` shows it."""
    return reading.sensor_type == FUEL


def is_diagnostic(reading: InputReading) -> bool:
    """Whether `tracker/get_diagnostics` shows it: what a vehicle says of itself."""
    return not is_of_fuel(reading) and reading.input_name.startswith(_OF_THE_VEHICLE)


def is_plain(reading: InputReading) -> bool:
    """Whether `tracker/get_readings` shows it."""
    return not is_of_fuel(reading) and not is_diagnostic(reading)


def is_diagnostic_field(name: str) -> bool:
    """Whether `tracker/get_diagnostics` shows an attribute among its states."""
    return name.startswith(_FIELDS_OF_THE_VEHICLE) or name in _OTHER_FIELDS
