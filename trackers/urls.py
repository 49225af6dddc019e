"""Addresses of the ways in; those of the calls are made of what declares them."""

from django.urls import URLPattern

from trackers.intake.views import way_in
from trackers.reports.requests import WAYS_IN

ingest_urlpatterns: list[URLPattern] = [way_in(name, read) for name, read in WAYS_IN.items()]
