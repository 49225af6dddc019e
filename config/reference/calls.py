"""Every call of the HTTP API, described: gathered from the modules beside their addresses."""

from __future__ import annotations

from accounts.calls import panel_schemas as panel_calls
from accounts.calls import schemas as account_calls
from accounts.calls import sub_user_schemas as sub_user_calls
from accounts.wire.schema import CallSchema
from trackers.calls import access_schemas as access_calls
from trackers.calls import counter_schemas as counter_calls
from trackers.calls import group_schemas as group_calls
from trackers.calls import reading_schemas as reading_calls
from trackers.calls import registration_schemas as registration_calls
from trackers.calls import schemas as tracker_calls
from trackers.calls import sensor_schemas as sensor_calls
from trackers.calls import settings_schemas as settings_calls

MODULES = (
    account_calls,
    tracker_calls,
    reading_calls,
    registration_calls,
    settings_calls,
    sensor_calls,
    counter_calls,
    group_calls,
    sub_user_calls,
    access_calls,
    panel_calls,
)

CALLS: dict[str, CallSchema] = {call.route: call for module in MODULES for call in module.CALLS}
