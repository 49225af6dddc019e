"""The calls by which trackers come and go (api §3.2)."""

from __future__ import annotations

from typing import Annotated, Any

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.wire import schema
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import read_text
from accounts.wire.rights import Right
from accounts.wire.schema import any_of, list_of, nullable, object_of, optional, record, said
from accounts.wire.terms import DATE, FLAG, HASH, ID, INTEGER, NUMBER, Term, one_of, printable, shaped, text
from trackers.calls.lookup import Original, Seen, Title, VisibleOriginal, find_group
from trackers.calls.trackers import TRACKER, render_tracker
from trackers.rendering.device_models import MODELS, PHONE, DeviceModel, refuse_device_id, render_identity, render_model
from trackers.rendering.pairing import APPS
from trackers.reports.values import DEVICE_ID_JSON_PATTERN, DEVICE_ID_SHAPE
from trackers.services import registration, trackers
from trackers.services.instructions.giving import takes_commands
from trackers.services.pairing import pair

MAX_CODE_LENGTH = 64

_IDENTITY: schema.Fields = {
    "id": ID,
    "vendor": text(),
    "code": one_of(*MODELS),
    "parent_code": nullable(text()),
    "type": one_of("personal", "vehicle"),
    "name": text(),
    "id_type": said(text(), "least and most characters of a device id"),
    "register": FLAG,
}
COMPACT_MODEL = record("CompactModel", **_IDENTITY)
MODEL = record(
    "Model",
    **_IDENTITY,
    port=nullable(INTEGER),
    battery=object_of({"min_charge": NUMBER, "low_charge": NUMBER, "max_charge": NUMBER}),
    **dict.fromkeys(("analog_inputs", "digital_inputs", "digital_outputs", "rs232_inputs"), INTEGER),
    **dict.fromkeys(("track_control", "special_control"), one_of("none")),
    output_control=said(one_of("none", "async"), "`async`: `tracker/output/set` works, and its outcome comes later"),
    **dict.fromkeys(("rules", "inputs", "state_fields"), list_of(text())),
    **dict.fromkeys(("special_settings", "sms_control", "register_fields"), list_of(text())),
    **dict.fromkeys(("altitude", "satellites", "gsm_level", "gsm_network", "gsm_roaming"), FLAG),
    **dict.fromkeys(("has_phone", "has_apn_settings", "has_auto_registration", "has_detach_button"), FLAG),
    **dict.fromkeys(("has_fuel_input", "has_led_control", "has_location_request", "has_chat"), FLAG),
    **dict.fromkeys(("has_gprs_location_request", "has_gsm_lbs_location_request", "has_custom_fields"), FLAG),
    **dict.fromkeys(("has_odometer", "has_lbs", "has_motion_sensor", "has_hardware_key"), FLAG),
)

APP = record(
    "App",
    code=one_of(*APPS),
    name=text(),
    model=said(one_of(*MODELS), "of the devices that report so"),
    has_code=said(FLAG, "whether it reads a QR code"),
)
ENTRY = object_of({"field": said(text(), "as the app calls it"), "value": text()})


def _read_phone(name: str, value: Any) -> str:
    """The digits of a phone number, without a leading plus."""
    phone = read_text(name, value, max_length=32)
    if not PHONE.fullmatch(phone):
        raise invalid_parameter(name, "must be a phone number of 5 to 15 digits")
    return phone.removeprefix("+")


CODE = printable(MAX_CODE_LENGTH)
CODES = list_of(CODE, least=1, most=1024, unique=True)
DEVICE_ID = shaped(DEVICE_ID_JSON_PATTERN, DEVICE_ID_SHAPE, most=64)
PHONE_NUMBER = Term(text(pattern=PHONE.pattern, shape="5 to 15 digits, perhaps after a +"), _read_phone)


@call(
    "tracker/register",
    right=Right.TRACKER_REGISTER,
    gives={"value": TRACKER, "ingest_key": optional(said(HASH, "shown only here; with `require_key`"))},
    codes=(204, 220, 221, 222, 223, 224),
)
def register_tracker(
    call: UserCall,
    *,
    label: Annotated[Title, "the tracker's name"],
    group_id: Annotated[int, "0: in none"] | None = None,
    plugin_id: Annotated[int, "44: a device that is configured already; 35 or 68: a phone"],
    model: Annotated[str, CODE, "a code of `tracker/list_models`"],
    device_id: Annotated[str, DEVICE_ID, "what the device sends"],
    phone: Annotated[str, PHONE_NUMBER, "of the device's SIM card"] | None = None,
    require_key: Annotated[bool, "its reports must bring the `ingest_key` that comes with the answer"] = False,
) -> Fields:
    """A tracker on a new device."""
    code = _find_model(model, plugin_id, device_id).code
    group = find_group(call.caller, group_id or 0, missing=ErrorCode.ENTITY_NOT_FOUND)
    device = registration.NewDevice(device_id, code, phone or "", require_key)
    tracker, key = registration.register_device(call.caller, device, label=label, group=group)
    return {"value": render_tracker(tracker), **({"ingest_key": key} if key else {})}


@call("tracker/pairing/list", gives={"list": list_of(APP)})
def list_apps(call: UserCall) -> Fields:
    """What a device can report by: the apps for phones, and what else there is."""
    apps = APPS.items()
    return {
        "list": [
            {"code": code, "name": app.name, "model": app.model, "has_code": app.code is not None} for code, app in apps
        ]
    }


@call(
    "tracker/pairing/create",
    right=Right.TRACKER_REGISTER,
    gives={
        "time": said(DATE, "now: what is reported later was reported after this"),
        "advice": text(),
        "entries": list_of(ENTRY),
        "svg": said(nullable(text()), "an `svg` element with the code that sets the app up"),
        "ingest_key": optional(said(HASH, "shown only here; with `new_key`")),
        "hides_key": said(FLAG, "its reports must bring a key, which is not kept and not in the entries"),
        "is_only_here": said(FLAG, "no phone reaches this address: `PUBLIC_URL` is to be set"),
    },
)
def create_pairing(
    call: UserCall,
    tracker: Original,
    app: Annotated[str, one_of(*APPS), "of `tracker/pairing/list`"],
    new_key: Annotated[bool, "its reports must bring the `ingest_key` that comes with the answer"] = False,
) -> Fields:
    """The pairing sheet: what to enter in an app so that it reports for the tracker, which takes its unit of speed."""
    sheet = pair(tracker.source, APPS[app], has_new_key=new_key)
    return {
        "time": call.now,
        "advice": sheet.app.advice,
        "entries": [{"field": field, "value": value} for field, value in sheet.entries],
        "svg": sheet.code,
        **({"ingest_key": sheet.key} if sheet.key else {}),
        "hides_key": sheet.hides_key,
        "is_only_here": sheet.is_only_here,
    }


@call("tracker/source/update", right=Right.ADMIN)
def update_source(
    call: UserCall,
    tracker: VisibleOriginal,
    blocked: Annotated[bool, "true: its reports are refused, and what is known of it is not shown"],
) -> None:
    """Blocks the device for all its trackers, or lets it go on; what the staff has blocked stays so (13)."""
    trackers.set_blocked_by_account(tracker.source_id, is_blocked=blocked)


@call("tracker/corrupt", right=Right.TRACKER_REGISTER, codes=(252, 253))
def corrupt_tracker(call: UserCall, tracker: Original) -> None:
    """Removes a tracker and its source; the device id and the phone are free then."""
    registration.corrupt_single_tracker(tracker)


@call("tracker/delete", right=Right.ADMIN, codes=(249,))
def delete_tracker(call: UserCall, tracker: Seen) -> None:
    """Removes a clone; its original stays."""
    if not tracker.is_clone:
        raise ApiError(ErrorCode.FOR_CLONES_ONLY)
    trackers.remove_tracker(tracker)


@call("tracker/list_models", gives={"list": list_of(any_of(MODEL, COMPACT_MODEL))})
def list_models(
    call: UserCall,
    compact_view: Annotated[bool, "what they are, without what they can do"] = False,
    codes: Annotated[tuple[str, ...] | None, CODES, "only these models"] = None,
) -> Fields:
    """The kinds of devices that can be registered."""
    render = render_identity if compact_view else _render_model
    return {"list": [render(model) for model in MODELS.values() if codes is None or model.code in codes]}


def _render_model(model: DeviceModel) -> Fields:
    return render_model(model, takes_commands=takes_commands(model))


def _find_model(code: str, plugin_id: int, device_id: str) -> DeviceModel:
    """Raises ApiError: UNKNOWN_MODEL for an unknown model, PLUGIN_NOT_FOUND for a plug-in, and INVALID_PARAMETERS for a
    device id, that is not the model's.
    """
    model = MODELS.get(code)
    if model is None:
        raise ApiError(ErrorCode.UNKNOWN_MODEL)
    if plugin_id not in model.plugin_ids:
        raise ApiError(ErrorCode.PLUGIN_NOT_FOUND)
    if (refusal := refuse_device_id(device_id, code)) is not None:
        raise invalid_parameter("device_id", refusal)
    return model
