"""The Channels tutorial's consumer, with trackers for chat rooms: settings, consumer and application in one.

Differs from the tutorial only where a comparison asks for it: nobody logs in and no origin is checked, both of which
cost something on connect only; the separators of the JSON make the texts of all contenders equally long; the layer's
limits are so high that it drops nothing.
"""

from __future__ import annotations

import json
import os
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.support.tutorial_settings")
django_asgi_app = get_asgi_application()


class TrackerConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.tracker_id = self.scope["url_route"]["kwargs"]["tracker_id"]
        self.tracker_group_name = f"tracker_{self.tracker_id}"
        await self.channel_layer.group_add(self.tracker_group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, close_code: int) -> None:
        await self.channel_layer.group_discard(self.tracker_group_name, self.channel_name)

    async def tracker_state(self, event: dict[str, Any]) -> None:
        message = event["message"]
        await self.send(text_data=json.dumps(message, separators=(",", ":")))


websocket_urlpatterns = [re_path(r"ws/tracker/(?P<tracker_id>\w+)/$", TrackerConsumer.as_asgi())]

application = ProtocolTypeRouter({"http": django_asgi_app, "websocket": URLRouter(websocket_urlpatterns)})
