"""Addresses of the calls about trackers, and of the ways in."""

from django.urls import URLPattern, re_path

from accounts.api import call
from trackers import views

urlpatterns = [
    call("tracker/list", views.list_trackers),
    call("tracker/read", views.read_tracker),
    call("tracker/get_state", views.get_state),
    call("tracker/get_states", views.get_states),
]

ingest_urlpatterns: list[URLPattern] = [re_path(r"^ingest/osmand/?$", views.take_osmand, name="ingest-osmand")]
