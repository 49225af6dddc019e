"""The calls of browsers that are to be told of alerts while no page is open (alerts §6.6). None needs a right."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated
from urllib.parse import urlsplit

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call, session_call
from accounts.selectors import Principal, first_of
from accounts.wire.errors import invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.schema import list_of, nullable, open_object, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, ID, printable, text
from alerts.models import PushDevice
from alerts.models.deliveries import MAX_URL_LENGTH
from alerts.services.push import devices
from alerts.services.push.devices import Subscription
from alerts.services.push.keys import public_key
from trackers.calls.validation import told_as_parameters

KEY = text(pattern="^[0-9A-Za-z_-]+$")
ENDPOINT = said(printable(MAX_URL_LENGTH), "the address of the browser at its push service")
KEYS = said(open_object({"p256dh": printable(), "auth": printable()}), "as the browser has them")
CLOCK_PATTERN = "^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"


def _read_clock(name: str, value: str) -> time:
    if not re.fullmatch(CLOCK_PATTERN, value):
        raise invalid_parameter(name, "must be HH:MM")
    return time.fromisoformat(value)


CLOCK = text(5, pattern=CLOCK_PATTERN, shape="HH:MM").then(_read_clock)
DEVICE = record(
    "PushDevice",
    id=ID,
    service=said(text(), "the host of its push service"),
    created=DATE,
    last_success=nullable(DATE),
    quiet_from=nullable(text()),
    quiet_to=nullable(text()),
    time_zone=text(),
)


def _device_for(caller: Principal, endpoint: str) -> PushDevice:
    return first_of(devices.devices_of(caller).filter(digest=devices.digest_of(endpoint)))


OneDevice = Annotated[PushDevice, Found("endpoint", ENDPOINT, _device_for, codes=(201,))]


@session_call("webpush/key", gives={"key": KEY})
def read_key(call: UserCall) -> Fields:
    """The public key of this server, in base64 for URLs, as `applicationServerKey` is made of."""
    return {"key": public_key()}


@session_call("webpush/subscribe", gives={"id": ID}, codes=(268,))
def subscribe(
    call: UserCall,
    subscription: Annotated[Parameters, open_object({"endpoint": ENDPOINT, "keys": KEYS})],
    quiet_from: Annotated[time | None, CLOCK] = None,
    quiet_to: Annotated[time | None, CLOCK] = None,
    time_zone: Annotated[str, printable(64)] = "UTC",
) -> Fields:
    """Has a browser told of alerts until this session ends; nothing is pushed from `quiet_from` to `quiet_to`."""
    keys = subscription.read("keys", KEYS)
    wanted = Subscription(
        endpoint=subscription.read("endpoint", ENDPOINT),
        public_key=keys.read("p256dh", printable(88)),
        auth_secret=keys.read("auth", printable(24)),
        time_zone=time_zone,
        quiet_from=quiet_from,
        quiet_to=quiet_to,
    )
    with told_as_parameters({"endpoint": "subscription.endpoint", "keys": "subscription.keys"}):
        return {"id": devices.keep_device(call.caller, wanted).pk}


@session_call("webpush/unsubscribe")
def unsubscribe(call: UserCall, device: OneDevice) -> None:
    """Tells a browser of this login nothing from now on."""
    devices.forget_device(device)


@call("webpush/list", gives={"list": list_of(DEVICE)})
def list_devices(call: UserCall) -> Fields:
    """The browsers of this login that are told."""
    return {"list": [_render(call, device) for device in devices.devices_of(call.caller)]}


def _render(call: UserCall, device: PushDevice) -> Fields:
    return {
        "id": device.pk,
        "service": urlsplit(device.endpoint).netloc,
        "created": call.date_of(device.created_at),
        "last_success": call.date_of(device.last_success_at),
        "quiet_from": _clock(device.quiet_from),
        "quiet_to": _clock(device.quiet_to),
        "time_zone": device.time_zone,
    }


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"
