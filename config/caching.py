"""The broker's cache, and how values lie there."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.sentinel import Sentinel, SentinelConnectionPool

from accounts.wire.broker_urls import parse_watched


class BytesAsTheyAre:
    """Keeps bytes and nothing else: what Django does by default can make whoever writes there run code here."""

    def dumps(self, value: bytes) -> bytes:
        return value

    def loads(self, data: bytes) -> bytes:
        return data


class _Client(RedisCacheClient):
    """Django's, which knows no Sentinels."""

    _servers: list[str]
    _pools: dict[int, Any]
    _pool_options: dict[str, Any]

    def _get_connection_pool(self, write: bool) -> Any:
        watched = parse_watched(self._servers[0])
        if watched is None:
            return super()._get_connection_pool(write)  # type: ignore[misc]
        if 0 not in self._pools:
            waits = {name: value for name, value in self._pool_options.items() if name.startswith("socket_")}
            sentinel = Sentinel(watched.sentinels, sentinel_kwargs=waits)  # type: ignore[no-untyped-call]
            options = {**self._pool_options, **watched.options}
            self._pools[0] = SentinelConnectionPool(watched.master, sentinel, **options)  # type: ignore[no-untyped-call]
        return self._pools[0]


class BrokerCache(RedisCache):
    """Cache in the broker, of which a value can be taken by one and nobody else."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        # An address of several Sentinels is one with commas, at which Django divides a list.
        self._servers = [server]
        self._class = _Client

    def take(self, key: str) -> bytes | None:
        """The value, which is there no longer; None when there is none. Raises RedisError, OSError."""
        name = self.make_and_validate_key(key)
        # Not by GETDEL, which brokers have only since Redis 6.2.
        with self._cache.get_client(name, write=True).pipeline(transaction=True) as transaction:
            transaction.get(name)
            transaction.unlink(name)
            value, _ = transaction.execute()
        found: bytes | None = value
        return found
