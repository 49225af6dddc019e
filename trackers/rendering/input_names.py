"""What inputs are called, for whoever chooses one for a sensor (api §3.5). Pure."""

from __future__ import annotations

# A name with [N] stands for several, each followed by its number, as analog_1.
METERED = {
    "analog": "Analog sensor [N]",
    "battery_level": "Battery level, %",
    "battery_voltage": "Battery voltage",
    "board_voltage": "Board voltage",
    "engine_hours": "Engine hours",
    "ext_temp_sensor": "External temperature [N]",
    "fuel": "Fuel",
    "fuel_level": "Fuel level",
    "gsm_level": "Mobile network signal, %",
    "humidity": "Relative humidity [N]",
    "humidity_internal": "Relative humidity inside the device",
    "hw_mileage": "Mileage by the device, km",
    "impulse_counter": "Impulse counter [N]",
    "lls_level": "Fuel level sensor [N]: level",
    "lls_temperature": "Fuel level sensor [N]: temperature",
    "obd_speed": "OBD: speed",
    "rpm": "Engine speed, per minute",
    "temp_sensor": "Temperature inside the device",
}
STATE_FIELDS = {
    "event_code": ("Event code", "Integer"),
    "hardware_key": ("Hardware key", "String"),
    "moving": ("Moving", "Boolean"),
}


def list_inputs() -> list[dict[str, str]]:
    """Every input that has a name of its own, then the fields of a state. A device may send others besides."""
    inputs = [{"input_name": name, "description": description} for name, description in METERED.items()]
    fields = [
        {"input_name": name, "description": description, "value_type": value_type}
        for name, (description, value_type) in STATE_FIELDS.items()
    ]
    return inputs + fields
