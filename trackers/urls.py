"""Addresses of the calls about trackers, and of the ways in."""

from django.urls import URLPattern

from accounts.api import call
from trackers import views
from trackers.ingest_views import way_in
from trackers.reports.requests import WAYS_IN

urlpatterns = [
    call("tracker/list", views.list_trackers),
    call("tracker/read", views.read_tracker),
    call("tracker/get_state", views.get_state),
    call("tracker/get_states", views.get_states),
]

ingest_urlpatterns: list[URLPattern] = [way_in(name, read) for name, read in WAYS_IN.items()]
