"""The broker's cache, and how values lie there."""

from __future__ import annotations

from django.core.cache.backends.redis import RedisCache


class BytesAsTheyAre:
    """Keeps bytes and nothing else: what Django does by default can make whoever writes there run code here."""

    def dumps(self, value: bytes) -> bytes:
        return value

    def loads(self, data: bytes) -> bytes:
        return data


class BrokerCache(RedisCache):
    """Cache in the broker, of which a value can be taken by one and nobody else."""

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
