"""Writes the batches that are due: states, readings and the last reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.wire.dates import format_date
from events.clients.renderer import StateRenderer
from events.clients.subscriber import Login
from events.protocol import messages
from events.protocol.commands import EventType
from events.protocol.kinds.readings_batch import ReadingsItem
from trackers.rendering.readings import render_queues, render_readings

READINGS_ITEMS = {"event": messages.readings_item, "state": messages.bare_readings_item}


def next_batch(login: Login, renderer: StateRenderer, now: datetime) -> str | None:
    """The message of a batch that is due for a login; None if none is."""
    if states := login.batch.take(now):
        return renderer.state_batch(states, login.batch_style, now)
    if (readings := login.readings.take(now)) and (items := _readings_items(login, readings, now)):
        user_time = _user_time(login, now)
        return messages.readings_batch_event(items, user_time)
    if queues := login.monitor.take(now):
        return messages.iot_monitor_event([render_queues(tracker_id, queue) for tracker_id, queue in queues])
    return None


def _readings_items(login: Login, batch: list[ReadingsItem], now: datetime) -> list[Any]:
    """The items of trackers of which something is shown; a tracker's first one is there even if nothing is."""
    manner = login.manner(EventType.READINGS_BATCH)
    zone = ZoneInfo(login.principal.time_zone)
    write, timestamp = READINGS_ITEMS[settings.STATE_BATCH_ITEM], _user_time(login, now)
    items = []
    for item in batch:
        lists = render_readings(item.shown, item.fields, manner.readings, zone, iso=manner.iso)
        if item.is_whole or any(lists.values()):
            items.append(write(item.tracker_id, lists, timestamp))
    return items


def _user_time(login: Login, now: datetime) -> str:
    manner = login.manner(EventType.READINGS_BATCH)
    return format_date(now, ZoneInfo(login.principal.time_zone), iso=manner.iso)
