"""Whether this process can do its work."""

from __future__ import annotations

import asyncio

from channels.layers import channel_layers
from django.db import Error

from accounts.notices import LAYER_ERRORS, layer_names
from events.node import current_node
from trackers.intake.batching import Overloaded, current_batcher


async def readiness() -> dict[str, bool]:
    """What it needs and whether that is there: the database, a broker, and more than a moment to live.

    Of several brokers one will do: the accounts of the others are read from the database meanwhile.
    """
    parts = {"database": await has_database(), "broker": any((await brokers()).values())}
    return {**parts, "serving": not current_node().is_ending}


async def has_database() -> bool:
    """Whether reports can be stored, by the way that they take: over a new connection all may look well."""
    try:
        await current_batcher().check()
    except (Overloaded, Error):
        return False
    return True


async def brokers() -> dict[str, bool]:
    """By the name of each channel layer whether it takes messages."""
    names = layer_names()
    return dict(zip(names, await asyncio.gather(*map(_takes_messages, names)), strict=True))


async def _takes_messages(layer: str) -> bool:
    try:
        await channel_layers[layer].group_send("readiness", {"type": "probe"})
    except LAYER_ERRORS:
        return False
    return True
