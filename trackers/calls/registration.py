"""The calls by which trackers come and go (api §3.2)."""

from __future__ import annotations

import re

from accounts.api.call import ApiCall, Fields
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.rights import Right
from trackers.calls.lookup import find_group, find_original, find_tracker, read_label
from trackers.calls.trackers import render_tracker
from trackers.rendering.device_models import MODELS, PHONE, DeviceModel, render_identity, render_model
from trackers.services import registration, trackers

MAX_CODES = 1024
MAX_CODE_LENGTH = 64
_DEVICE_ID = re.compile(r"[0-9a-zA-Z\-]{1,64}")


def register_tracker(call: ApiCall) -> Fields:
    """`tracker/register`: a tracker on a new device."""
    principal = call.permitted(Right.TRACKER_REGISTER)
    label = read_label(call.parameters, "label")
    group_id = call.parameters.integer("group_id", 0)
    device = _read_device(call.parameters)
    group = find_group(principal, group_id, missing=ErrorCode.ENTITY_NOT_FOUND)
    tracker = registration.register_device(principal, device, label=label, group=group)
    return {"value": render_tracker(tracker)}


def corrupt_tracker(call: ApiCall) -> Fields:
    """`tracker/corrupt`: removes a tracker and its source."""
    principal = call.permitted(Right.TRACKER_REGISTER)
    tracker = find_original(principal, call.parameters.integer("tracker_id"))
    registration.corrupt_single_tracker(tracker)
    return {}


def delete_tracker(call: ApiCall) -> Fields:
    """`tracker/delete`: removes a clone; its original stays."""
    principal = call.permitted(Right.ADMIN)
    tracker = find_tracker(principal, call.parameters.integer("tracker_id"))
    if not tracker.is_clone:
        raise ApiError(ErrorCode.FOR_CLONES_ONLY)
    trackers.remove_tracker(tracker)
    return {}


def list_models(call: ApiCall) -> Fields:
    """`tracker/list_models`: the kinds of devices that can be registered."""
    call.principal()
    render = render_identity if call.parameters.boolean("compact_view", False) else render_model
    models = list(MODELS.values())
    if "codes" in call.parameters:
        codes = call.parameters.texts("codes", max_items=MAX_CODES, max_length=MAX_CODE_LENGTH)
        models = [model for model in models if model.code in codes]
    return {"list": [render(model) for model in models]}


def _read_device(parameters: Parameters) -> registration.NewDevice:
    """Raises ApiError: 7, 220 for an unknown model, 222 for a plug-in that is not the model's."""
    plugin_id = parameters.integer("plugin_id")
    code = parameters.text("model", max_length=MAX_CODE_LENGTH)
    device_id = parameters.text("device_id", max_length=MAX_CODE_LENGTH)
    if not _DEVICE_ID.fullmatch(device_id):
        raise invalid_parameter("device_id", "must be 1 to 64 letters, digits and hyphens")
    phone = _read_phone(parameters)
    model = MODELS.get(code)
    if model is None:
        raise ApiError(ErrorCode.UNKNOWN_MODEL)
    if plugin_id not in model.plugin_ids:
        raise ApiError(ErrorCode.PLUGIN_NOT_FOUND)
    _check_device_id(device_id, model)
    return registration.NewDevice(device_id, model.code, phone)


def _check_device_id(device_id: str, model: DeviceModel) -> None:
    if not model.least_id_length <= len(device_id) <= model.most_id_length:
        raise invalid_parameter(
            "device_id", f"must have {model.least_id_length} to {model.most_id_length} characters for this model"
        )


def _read_phone(parameters: Parameters) -> str:
    """The digits of a phone number, without a leading plus; empty when there is none."""
    if "phone" not in parameters:
        return ""
    phone = PHONE.fullmatch(parameters.text("phone", max_length=32))
    if phone is None:
        raise invalid_parameter("phone", "must be a phone number of 5 to 15 digits")
    return phone["digits"]
