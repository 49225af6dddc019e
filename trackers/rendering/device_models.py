"""The kinds of devices that can be registered, by the way in that they speak (api §3.2, §6). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trackers.engine.instructions import Carrier
from trackers.reports.ngp import MEASUREMENTS as NGP_MEASUREMENTS
from trackers.reports.traccar import MEASUREMENTS as TRACCAR_MEASUREMENTS
from trackers.reports.values import (
    DEVICE_ID_PATTERN,
    DEVICE_ID_SHAPE,
    PLAIN_DEVICE_ID_PATTERN,
    PLAIN_DEVICE_ID_SHAPE,
)

PHONE = re.compile(r"^\+?[0-9]{5,15}$")
"""The number of a device's SIM card; of it the digits are kept, so that one number is one text."""
CONFIGURED_DEVICE = 44
"""The plug-in for a device that somebody has configured already."""
PHONE_APPS = (35, 68)
"""Those for a phone that is a tracker."""


# What is judged for any device (alerts §3).
_RULES = (
    *("inoutzone", "speedup", "offline", "track_change", "sos", "excessive_parking", "idling_soft", "sensor_range"),
    *("battery_off", "lowpower", "backup_battery_low", "route", "over_speed_reported", "state_field_control"),
    *("harsh_driving", "crash_alarm", "call_button_pressed", "gps_lost_recover", "detach", "case_intrusion"),
    "door_alarm",
)


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """What devices of a kind can tell."""

    model_id: int
    code: str
    vendor: str
    name: str
    kind: str
    plugin_ids: tuple[int, ...] = (CONFIGURED_DEVICE,)
    """The ways to register one; the vendor's others need text messages or activation codes."""
    least_id_length: int = 1
    most_id_length: int = 64
    has_plain_ids: bool = False
    """Letters, digits and hyphens only."""
    analog_inputs: int = 0
    digital_inputs: int = 0
    """As many as a discrete sensor can be wired to."""
    digital_outputs: int = 0
    """Whose state is shown, and which can be switched where there is a carrier."""
    carrier: Carrier | None = None
    """By what way commands reach it, where the installation has that; None: by none."""
    sets_all_outputs: bool = False
    """Whether one command can be about all of them."""
    input_names: tuple[str, ...] = ()
    state_fields: tuple[str, ...] = ()
    tells_network: bool = True
    """Its operator, and whether it roams."""
    has_fuel_input: bool = True
    has_cell_positions: bool = True


OSMAND = DeviceModel(
    1,
    code="osmand",
    vendor="OsmAnd",
    name="OsmAnd, Traccar Client",
    kind="personal",
    plugin_ids=(CONFIGURED_DEVICE, *PHONE_APPS),
    input_names=("battery_level", "gsm_level", "hw_mileage"),
    state_fields=("hardware_key", "moving"),
    tells_network=False,
    has_fuel_input=False,
    has_cell_positions=False,
)
TRACCAR = DeviceModel(
    2,
    code="traccar",
    vendor="Traccar",
    name="Any device behind a Traccar server",
    kind="vehicle",
    analog_inputs=16,
    digital_inputs=8,
    digital_outputs=8,
    carrier=Carrier.TRACCAR,
    input_names=tuple(
        sorted({*TRACCAR_MEASUREMENTS.values(), "battery_level", "engine_hours", "gsm_level", "hw_mileage"})
    ),
    state_fields=("event_code", "hardware_key", "moving"),
)
NAVIXY_NGP = DeviceModel(
    3,
    code="navixy_ngp",
    vendor="Navixy",
    name="Navixy Generic Protocol",
    kind="vehicle",
    least_id_length=6,
    most_id_length=32,
    has_plain_ids=True,
    analog_inputs=16,
    digital_inputs=8,
    digital_outputs=8,
    carrier=Carrier.MQTT,
    sets_all_outputs=True,
    input_names=tuple(sorted({*NGP_MEASUREMENTS.values(), "battery_level", "gsm_level", "hw_mileage"})),
    state_fields=("event_code", "hardware_key", "moving"),
    tells_network=False,
)

MODELS = {model.code: model for model in (OSMAND, TRACCAR, NAVIXY_NGP)}


def refuse_device_id(device_id: str, model_code: str) -> str | None:
    """Why no device of the model can have the id; None if one can. A model that is not listed may have any id."""
    if not re.match(DEVICE_ID_PATTERN, device_id):
        return f"must be {DEVICE_ID_SHAPE}"
    model = MODELS.get(model_code)
    if model is None:
        return None
    if model.has_plain_ids and not re.match(PLAIN_DEVICE_ID_PATTERN, device_id):
        return f"must be {PLAIN_DEVICE_ID_SHAPE} for this model"
    if not model.least_id_length <= len(device_id) <= model.most_id_length:
        return f"must have {model.least_id_length} to {model.most_id_length} characters for this model"
    return None


def render_identity(model: DeviceModel) -> dict[str, Any]:
    """What a model is, without what it can do."""
    return {
        "id": model.model_id,
        "vendor": model.vendor,
        "code": model.code,
        "parent_code": None,
        "type": model.kind,
        "name": model.name,
        "id_type": f"ascii,{model.least_id_length},{model.most_id_length}",
        "register": True,
    }


def _rules_of(model: DeviceModel) -> Iterator[str]:
    """The types of alert rules that make sense for it (alerts §3)."""
    yield from _RULES
    if model.digital_inputs:
        yield "input_change"


def render_model(model: DeviceModel, *, takes_commands: bool = False) -> dict[str, Any]:
    """The whole description of a model; `takes_commands`: whether its carrier is there."""
    return {
        **render_identity(model),
        "has_phone": False,
        "has_apn_settings": False,
        "has_auto_registration": False,
        "port": None,
        "battery": {"min_charge": 0.0, "low_charge": 0.1, "max_charge": 1.0},
        "altitude": True,
        "satellites": True,
        "gsm_level": True,
        "gsm_network": model.tells_network,
        "gsm_roaming": model.tells_network,
        "has_detach_button": False,
        "has_fuel_input": model.has_fuel_input,
        "analog_inputs": model.analog_inputs,
        "digital_inputs": model.digital_inputs,
        "digital_outputs": model.digital_outputs,
        "rs232_inputs": 0,
        "track_control": "none",
        "output_control": "async" if takes_commands else "none",
        "special_control": "none",
        "rules": list(_rules_of(model)),
        "inputs": list(model.input_names),
        "state_fields": list(model.state_fields),
        "special_settings": [],
        "sms_control": [],
        "has_led_control": False,
        "has_location_request": False,
        "has_gprs_location_request": False,
        "has_gsm_lbs_location_request": False,
        "has_chat": False,
        "has_custom_fields": True,
        "has_odometer": True,
        "has_lbs": model.has_cell_positions,
        "has_motion_sensor": True,
        "has_hardware_key": True,
        "register_fields": [],
    }
