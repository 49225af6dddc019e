"""The calls about a user's settings (api §2.5)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.models import DateFormat, HourMode, MeasurementSystem
from accounts.selectors import user_settings
from accounts.services import users
from accounts.wire.schema import nullable, object_of, said
from accounts.wire.terms import Schema, Term, one_of, printable, text

_LANGUAGE = "the language of letters, as en or de_DE"
_DATES = "for clients; the API keeps to its own"
SETTINGS: dict[str, Schema] = {
    "time_zone": said(text(64), "a zone of the tz database, as Europe/Budapest"),
    "locale": said(text(8), _LANGUAGE),
    "measurement_system": said(one_of(MeasurementSystem), "for clients; the API itself is metric"),
    "date_format": said(nullable(one_of(DateFormat)), _DATES),
    "hour_mode": said(one_of(HourMode), "for clients"),
}


def setting(described: Schema) -> Term[str]:
    """A setting as it is sent; what is no value of it is refused by the service, of all settings at once."""
    return Term(described, printable(64).read)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as they are sent."""

    time_zone: Annotated[str, setting(SETTINGS["time_zone"])]
    locale: Annotated[str, setting(printable(8)), _LANGUAGE] | None = None
    measurement_system: Annotated[str, setting(SETTINGS["measurement_system"])] | None = None
    date_format: Annotated[str, setting(one_of(DateFormat)), _DATES] | None = None
    hour_mode: Annotated[str, setting(SETTINGS["hour_mode"])] | None = None


def stated(settings: Any) -> dict[str, str]:
    """Those of the settings that were sent."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {name: value for name, value in values.items() if value is not None}


@call("user/settings/read", gives={"settings": object_of(SETTINGS)})
def read_settings(call: UserCall) -> Fields:
    """The caller's settings."""
    return {"settings": user_settings(call.user())}


@call("user/settings/update")
def update_settings(call: UserCall, settings: Settings) -> None:
    """Replaces the caller's settings; what is left out goes back to its default."""
    users.update_settings(call.user(), stated(settings))
