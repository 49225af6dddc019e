"""Addresses of the monitoring page and the probes."""

from django.urls import path, re_path

from events.web import metrics, pages

urlpatterns = [
    path("", pages.show_page, name="monitoring"),
    re_path(r"^docs/?$", pages.show_reference, name="reference"),
    path("healthz", pages.is_alive, name="healthz"),
    path("readyz", pages.is_ready, name="readyz"),
    path("metrics", metrics.show_metrics, name="metrics"),
]
