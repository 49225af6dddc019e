"""Addresses of the calls about trackers, and of the ways in."""

from django.urls import URLPattern

from accounts.api import call
from trackers import counter_views, group_views, registration_views, settings_views, views
from trackers.ingest_views import way_in
from trackers.reports.requests import WAYS_IN

urlpatterns = [
    call("tracker/list", views.list_trackers),
    call("tracker/read", views.read_tracker),
    call("tracker/get_state", views.get_state),
    call("tracker/get_states", views.get_states),
    call("tracker/register", registration_views.register_tracker),
    call("tracker/corrupt", registration_views.corrupt_tracker),
    call("tracker/delete", registration_views.delete_tracker),
    call("tracker/list_models", registration_views.list_models),
    call("tracker/settings/read", settings_views.read_settings),
    call("tracker/settings/update", settings_views.update_settings),
    call("tracker/settings/trip_detection/read", settings_views.read_trip_detection),
    call("tracker/settings/trip_detection/update", settings_views.update_trip_detection),
    call("tracker/get_counters", counter_views.get_counters),
    call("tracker/counter/read", counter_views.read_counter),
    call("tracker/counter/update", counter_views.update_counter),
    call("tracker/counter/value/get", counter_views.get_value),
    call("tracker/counter/value/list", counter_views.list_values),
    call("tracker/counter/value/set", counter_views.set_value),
    call("tracker/group/list", group_views.list_groups),
    call("tracker/group/create", group_views.create_group),
    call("tracker/group/update", group_views.update_group),
    call("tracker/group/delete", group_views.delete_group),
    call("tracker/group/assign", group_views.assign_group),
]

ingest_urlpatterns: list[URLPattern] = [way_in(name, read) for name, read in WAYS_IN.items()]
