"""Addresses of the calls about trackers, and of the ways in."""

from django.urls import URLPattern

from accounts.api.call import call
from trackers.calls import panel, sub_users
from trackers.intake.views import way_in
from trackers.reports.requests import WAYS_IN

urlpatterns = [
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
