"""Every call of the HTTP API, gathered from the modules that declare them."""

from __future__ import annotations

from accounts.api.declare import calls_in
from accounts.calls import api_keys, info, login, panel, sessions, sub_users
from accounts.calls import settings as user_settings
from accounts.wire.description import CallSchema
from alerts.calls import history, pushes, rules, webhooks, zone_files, zones
from alerts.calls import sub_users as zone_bindings
from records.calls import (
    geocoding,
    people,
    places,
    reports,
    routes,
    routing,
    schedules,
    service_tasks,
    share_links,
    tags,
    tariffs,
    tasks,
    vehicles,
)
from trackers.calls import (
    counters,
    groups,
    instructions,
    readings,
    refusals,
    registration,
    sensors,
    settings,
    trackers,
    tracks,
)
from trackers.calls import panel as tracker_panel
from trackers.calls import sub_users as bindings
from trackers.calls.past import deletion, files, raw_data
from trackers.calls.past import readings as past_readings

# In the order in which the reference has their resources.
MODULES = (
    *(login, sessions, user_settings, info, api_keys),
    *(trackers, readings, tracks, files, deletion, past_readings, raw_data),
    *(refusals, registration, settings, sensors, counters, groups, instructions),
    *(people, vehicles, service_tasks, places, tags, tasks, routes, tariffs),
    *(reports, schedules, geocoding, routing, share_links),
    *(zones, zone_files, rules, history, webhooks, pushes),
    *(sub_users, bindings, zone_bindings, tracker_panel, panel),
)
DECLARED = tuple(calls_in(MODULES))
SCHEMAS = tuple(schema for one in DECLARED for schema in one.schemas)
CALLS: dict[str, CallSchema] = {call.route: call for call in SCHEMAS}
