"""Every call of the HTTP API, gathered from the modules that declare them."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.api.declare import calls_in
from accounts.calls import api_keys, info, login, panel, sessions, sub_users
from accounts.calls import settings as user_settings
from accounts.wire.schema import CallSchema
from trackers.calls import access_schemas as access_calls
from trackers.calls import counters, groups, readings, registration, sensors, settings, trackers

# In the order in which the reference has their resources.
MODULES = (
    login,
    sessions,
    user_settings,
    info,
    api_keys,
    trackers,
    readings,
    registration,
    settings,
    sensors,
    counters,
    groups,
    sub_users,
    access_calls,
    panel,
)

DECLARED = tuple(calls_in(MODULES))


def _schemas() -> Iterator[CallSchema]:
    for module in MODULES:
        described: tuple[CallSchema, ...] = getattr(module, "CALLS", ())
        yield from described
        yield from (schema for one in calls_in([module]) for schema in one.schemas)


SCHEMAS = tuple(_schemas())
CALLS: dict[str, CallSchema] = {call.route: call for call in SCHEMAS}
