"""Whether this process can do its work."""

from __future__ import annotations

from channels.layers import get_channel_layer
from django.db import Error

from accounts.notices import LAYER_ERRORS
from events.node import current_node
from trackers.intake.batching import Overloaded, current_batcher


async def readiness() -> dict[str, bool]:
    """What it needs and whether that is there: the database, the broker, and more than a moment to live."""
    parts = {"database": await has_database(), "broker": await has_broker()}
    return {**parts, "serving": not current_node().is_ending}


async def has_database() -> bool:
    """Whether reports can be stored, by the way that they take: over a new connection all may look well."""
    try:
        await current_batcher().check()
    except (Overloaded, Error):
        return False
    return True


async def has_broker() -> bool:
    """Whether the channel layer takes messages."""
    try:
        await get_channel_layer().group_send("readiness", {"type": "probe"})
    except LAYER_ERRORS:
        return False
    return True
