"""The channel layers and the cache that lie in the brokers of REDIS_URL."""

from __future__ import annotations

from typing import Any

from accounts.wire.broker_urls import parse_watched

# redis-py would wait five seconds for a broker that hangs. A device's report waits as long; a notice that could not be
# sent is made good by the hub, so failing fast is right.
WAIT_S = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
# Of one process; redis-py stops at 100.
MAX_CONNECTIONS = 1000


def channel_layers(urls: list[str], prefix: str) -> dict[str, Any]:
    """A channel layer for each broker; in memory without one. The first is Django's default."""
    if not urls:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}}
    layers = {"default": _channel_layer(urls[0], prefix)}
    for number, url in enumerate(urls[1:], 2):
        # Two databases of one broker share its channels: the prefix alone tells whose a message is.
        layers[f"broker-{number}"] = _channel_layer(url, f"{prefix}.{number}")
    return layers


def caches(url: str, prefix: str) -> dict[str, Any]:
    """The cache, which lies in one broker: what is there is found by its name alone."""
    options = {"serializer": "config.caching.BytesAsTheyAre", **WAIT_S}
    cache = {"BACKEND": "config.caching.BrokerCache", "LOCATION": url, "KEY_PREFIX": prefix, "OPTIONS": options}
    return {"default": cache}


def _channel_layer(url: str, prefix: str) -> dict[str, Any]:
    # With version 3 redis-py writes each message out as text, for a log that nobody keeps.
    host = {**_place(url), "protocol": 2, **WAIT_S, "max_connections": MAX_CONNECTIONS}
    return {"BACKEND": "config.pubsub.PipelinedLayer", "CONFIG": {"prefix": prefix, "hosts": [host]}}


def _place(url: str) -> dict[str, Any]:
    """Where the layer finds its broker, in its own words."""
    watched = parse_watched(url)
    if watched is None:
        return {"address": url}
    sentinels = {"sentinels": list(watched.sentinels), "sentinel_kwargs": dict(WAIT_S)}
    return {"master_name": watched.master, **sentinels, **watched.options}
