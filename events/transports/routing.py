"""Addresses of the event connection."""

from typing import Any, cast

from django.urls import re_path

from events.transports import http
from events.transports.websocket import EventConsumer, RefusingConsumer

EVENT_SUBSCRIPTION = r"^(?:v2/|api-v2/|api/)?event/subscription/?$"

websocket_urlpatterns = [
    re_path(EVENT_SUBSCRIPTION, EventConsumer.as_asgi()),
    re_path(r"", RefusingConsumer.as_asgi()),
]
# Past Django, whose middleware a response that is held would pass for nothing.
http_urlpatterns = [re_path(EVENT_SUBSCRIPTION, cast("Any", http.serve))]
