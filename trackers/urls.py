"""Addresses of the calls about trackers, and of the ways in."""

from django.urls import URLPattern

from accounts.api import call
from trackers import (
    counter_views,
    group_views,
    panel_views,
    reading_views,
    registration_views,
    sensor_views,
    settings_views,
    sub_user_views,
    views,
)
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
    call("tracker/sensor/list", sensor_views.list_sensors),
    call("tracker/sensor/batch_list", sensor_views.list_sensors_of_several),
    call("tracker/sensor/create", sensor_views.create_sensor),
    call("tracker/sensor/update", sensor_views.update_sensor),
    call("tracker/sensor/delete", sensor_views.delete_sensor),
    call("tracker/sensor/batch_copy", sensor_views.copy_sensors),
    call("tracker/sensor/input_name/list", sensor_views.list_input_names),
    call("tracker/readings/list", reading_views.list_readings),
    call("tracker/readings/batch_list", reading_views.list_readings_of_several),
    call("tracker/get_readings", reading_views.get_readings),
    call("tracker/get_fuel", reading_views.get_fuel),
    call("tracker/get_diagnostics", reading_views.get_diagnostics),
    call("tracker/get_inputs", reading_views.get_inputs),
    call("tracker/batch_get_inputs", reading_views.get_inputs_of_several),
    call("tracker/get_last_gps_point", reading_views.get_last_gps_point),
    call("tracker/group/list", group_views.list_groups),
    call("tracker/group/create", group_views.create_group),
    call("tracker/group/update", group_views.update_group),
    call("tracker/group/delete", group_views.delete_group),
    call("tracker/group/assign", group_views.assign_group),
    call("subuser/tracker/list", sub_user_views.list_bound),
    call("subuser/tracker/bind", sub_user_views.bind),
    call("subuser/tracker/unbind", sub_user_views.unbind),
    call("panel/tracker/list", panel_views.list_trackers),
    call("panel/tracker/read", panel_views.read_tracker),
    call("panel/tracker/source/update", panel_views.update_source),
    call("panel/tracker/corrupt", panel_views.corrupt_tracker),
    call("panel/tracker/clone", panel_views.clone_tracker),
    call("panel/tracker/move", panel_views.move_tracker),
    call("panel/user/corrupt", panel_views.corrupt_user),
]

ingest_urlpatterns: list[URLPattern] = [way_in(name, read) for name, read in WAYS_IN.items()]
