"""Addresses of websockets."""

from django.urls import re_path

from events.transports.websocket import EventConsumer, RefusingConsumer

websocket_urlpatterns = [
    re_path(r"^(?:v2/|api-v2/)?event/subscription/?$", EventConsumer.as_asgi()),
    re_path(r"", RefusingConsumer.as_asgi()),
]
