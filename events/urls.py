"""Addresses of the monitoring page and the probes."""

from django.urls import path, re_path

from events import metrics, views

urlpatterns = [
    path("", views.show_page, name="monitoring"),
    re_path(r"^docs/?$", views.show_reference, name="reference"),
    path("healthz", views.is_alive, name="healthz"),
    path("readyz", views.is_ready, name="readyz"),
    path("metrics", metrics.show_metrics, name="metrics"),
]
