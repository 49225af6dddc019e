"""The calls by which trackers come and go, described (api §3.2)."""

from __future__ import annotations

from accounts.wire.rights import Right
from accounts.wire.schema import (
    FLAG,
    ID,
    INTEGER,
    NUMBER,
    TRACKER_ID,
    any_of,
    describe,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    optional,
    printable,
    said,
    text,
)
from trackers.calls.group_schemas import TITLE
from trackers.calls.registration import MAX_CODE_LENGTH, MAX_CODES
from trackers.calls.schemas import TRACKER
from trackers.rendering.device_models import MODELS

_IDENTITY = {
    "id": ID,
    "vendor": text(),
    "code": one_of(*MODELS),
    "parent_code": nullable(text()),
    "type": one_of("personal", "vehicle"),
    "name": text(),
    "id_type": said(text(), "least and most characters of a device id"),
    "register": FLAG,
}
COMPACT_MODEL = named("CompactModel", object_of(_IDENTITY))
MODEL = named(
    "Model",
    object_of(
        {
            **_IDENTITY,
            "port": nullable(INTEGER),
            "battery": object_of({"min_charge": NUMBER, "low_charge": NUMBER, "max_charge": NUMBER}),
            **dict.fromkeys(("analog_inputs", "digital_inputs", "digital_outputs", "rs232_inputs"), INTEGER),
            **dict.fromkeys(("track_control", "output_control", "special_control"), one_of("none")),
            **dict.fromkeys(
                ("rules", "inputs", "state_fields", "special_settings", "sms_control", "register_fields"),
                list_of(text()),
            ),
            **dict.fromkeys(("altitude", "satellites", "gsm_level", "gsm_network", "gsm_roaming"), FLAG),
            **dict.fromkeys(("has_phone", "has_apn_settings", "has_auto_registration", "has_detach_button"), FLAG),
            **dict.fromkeys(("has_fuel_input", "has_led_control", "has_location_request", "has_chat"), FLAG),
            **dict.fromkeys(("has_gprs_location_request", "has_gsm_lbs_location_request"), FLAG),
            **dict.fromkeys(("has_custom_fields", "has_odometer", "has_lbs"), FLAG),
            **dict.fromkeys(("has_motion_sensor", "has_hardware_key"), FLAG),
        }
    ),
)

DEVICE_ID = text(pattern=r"^[0-9a-zA-Z\-]{1,64}$", shape="1 to 64 letters, digits and hyphens")
PHONE = text(pattern=r"^\+?[0-9]{5,15}$", shape="5 to 15 digits, perhaps after a +")

CALLS = (
    describe(
        "tracker/register",
        "A tracker on a new device.",
        parameters={
            "label": said(TITLE, "the tracker's name"),
            "group_id": optional(said(ID, "0: in none")),
            "model": said(printable(MAX_CODE_LENGTH), "a code of `tracker/list_models`"),
            "plugin_id": said(ID, "44: a device that is configured already; 35 or 68: a phone"),
            "device_id": said(DEVICE_ID, "what the device sends"),
            "phone": optional(said(PHONE, "of the device's SIM card")),
        },
        result={"value": TRACKER},
        right=Right.TRACKER_REGISTER,
        codes=(204, 220, 221, 222, 223, 224),
    ),
    describe(
        "tracker/corrupt",
        "Removes a tracker and its source; the device id and the phone are free then.",
        parameters={"tracker_id": TRACKER_ID},
        right=Right.TRACKER_REGISTER,
        codes=(201, 208, 219, 252, 253),
    ),
    describe(
        "tracker/delete",
        "Removes a clone; its original stays.",
        parameters={"tracker_id": TRACKER_ID},
        right=Right.ADMIN,
        codes=(201, 208, 249),
    ),
    describe(
        "tracker/list_models",
        "The kinds of devices that can be registered.",
        parameters={
            "compact_view": optional(said(FLAG, "what they are, without what they can do"), default=False),
            "codes": optional(
                said(list_of(printable(MAX_CODE_LENGTH), least=1, most=MAX_CODES, unique=True), "only these models")
            ),
        },
        result={"list": list_of(any_of(MODEL, COMPACT_MODEL))},
    ),
)
