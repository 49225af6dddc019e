"""Addresses of the calls about trackers, and of the ways in."""

from django.urls import URLPattern

from accounts.api.call import call
from trackers.calls import panel, readings, sensors, sub_users, trackers
from trackers.intake.views import way_in
from trackers.reports.requests import WAYS_IN

urlpatterns = [
    call("tracker/list", trackers.list_trackers),
    call("tracker/read", trackers.read_tracker),
    call("tracker/get_state", trackers.get_state),
    call("tracker/get_states", trackers.get_states),
    call("tracker/sensor/list", sensors.list_sensors),
    call("tracker/sensor/batch_list", sensors.list_sensors_of_several),
    call("tracker/sensor/create", sensors.create_sensor),
    call("tracker/sensor/update", sensors.update_sensor),
    call("tracker/sensor/delete", sensors.delete_sensor),
    call("tracker/sensor/batch_copy", sensors.copy_sensors),
    call("tracker/sensor/input_name/list", sensors.list_input_names),
    call("tracker/readings/list", readings.list_readings),
    call("tracker/readings/batch_list", readings.list_readings_of_several),
    call("tracker/get_readings", readings.get_readings),
    call("tracker/get_fuel", readings.get_fuel),
    call("tracker/get_diagnostics", readings.get_diagnostics),
    call("tracker/get_inputs", readings.get_inputs),
    call("tracker/batch_get_inputs", readings.get_inputs_of_several),
    call("tracker/get_last_gps_point", readings.get_last_gps_point),
    call("subuser/tracker/list", sub_users.list_bound),
    call("subuser/tracker/bind", sub_users.bind),
    call("subuser/tracker/unbind", sub_users.unbind),
    call("panel/tracker/list", panel.list_trackers),
    call("panel/tracker/read", panel.read_tracker),
    call("panel/tracker/source/update", panel.update_source),
    call("panel/tracker/corrupt", panel.corrupt_tracker),
    call("panel/tracker/clone", panel.clone_tracker),
    call("panel/tracker/move", panel.move_tracker),
    call("panel/user/corrupt", panel.corrupt_user),
]

ingest_urlpatterns: list[URLPattern] = [way_in(name, read) for name, read in WAYS_IN.items()]
