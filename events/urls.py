"""Addresses of the monitoring page and the probes."""

from django.urls import path, re_path

from events import views
from events.transports import http

urlpatterns = [
    path("", views.show_page, name="monitoring"),
    path("healthz", views.is_alive, name="healthz"),
    path("readyz", views.is_ready, name="readyz"),
]

event_urlpatterns = [re_path(r"^event/subscription/?$", http.answer, name="event-subscription")]
